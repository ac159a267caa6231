package calico.datastore;

/** A running watch; closing it ends the calls to its listener. */
public interface Watch extends AutoCloseable {
  @Override
  void close();
}
