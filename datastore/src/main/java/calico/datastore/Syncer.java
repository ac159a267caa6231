package calico.datastore;

import calico.model.key.Query;
import java.util.List;

/**
 * Keeps a listener up to date with the entries of some queries: lists, then watches, and when a
 * watch breaks lists again and passes on only the difference.
 *
 * <p>STUB: replaced by the datastore work.
 */
public final class Syncer implements AutoCloseable {
  public Syncer(Datastore datastore, List<Query<?>> queries, SyncListener listener) {}

  /** Starts; the listener is called from threads of the syncer, one at a time. */
  public void start() {}

  @Override
  public void close() {}
}
