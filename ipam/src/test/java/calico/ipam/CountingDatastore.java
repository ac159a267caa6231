package calico.ipam;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.ForwardingDatastore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Another datastore as one client sees it: counted, and cut off for good when that client is to
 * die, before or after the write at which it does.
 */
final class CountingDatastore extends ForwardingDatastore {
  private final int lastWrite;
  private final boolean lastIsStored;
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger writes = new AtomicInteger();
  private final AtomicInteger lost = new AtomicInteger();

  CountingDatastore(Datastore real) {
    this(real, Integer.MAX_VALUE, true);
  }

  /**
   * Dies.
   *
   * @param lastWrite number of the write at which the client dies, from 1
   * @param lastIsStored whether that write still happens
   */
  CountingDatastore(Datastore real, int lastWrite, boolean lastIsStored) {
    super(real);
    this.lastWrite = lastWrite;
    this.lastIsStored = lastIsStored;
  }

  /** What a killed client gets from then on. */
  static final class Killed extends DatastoreException {
    private static final long serialVersionUID = 1;

    Killed() {
      super("killed by the test", null);
    }
  }

  int calls() {
    return calls.get();
  }

  int writes() {
    return writes.get();
  }

  /** Number of writes that lost a race. */
  int lost() {
    return lost.get();
  }

  @Override
  protected Datastore reach() {
    calls.incrementAndGet();
    if (writes.get() >= lastWrite) {
      throw new Killed();
    }
    return super.reach();
  }

  @Override
  protected <T> T write(Function<Datastore, T> call) {
    Datastore reached = reach();
    boolean last = writes.incrementAndGet() == lastWrite;
    if (last && !lastIsStored) {
      throw new Killed();
    }
    T result;
    try {
      result = call.apply(reached);
    } catch (DatastoreException.Conflict
        | DatastoreException.AlreadyExists
        | DatastoreException.DoesNotExist e) {
      lost.incrementAndGet();
      throw e;
    }
    if (last) {
      throw new Killed();
    }
    return result;
  }

  /** The real one is its owner's. */
  @Override
  public void close() {}
}
