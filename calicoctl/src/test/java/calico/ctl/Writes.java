package calico.ctl;

import calico.datastore.Datastore;
import java.util.List;

/** Writes into a datastore, as a test sees them. */
final class Writes {
  private static final List<String> METHODS = List.of("create", "update", "put", "delete");

  private Writes() {}

  /** A datastore in which every write fails the test. */
  static Datastore refused(Datastore datastore) {
    Datastore out = datastore;
    for (String method : METHODS) {
      out =
          Intercepted.before(
              method,
              out,
              () -> {
                throw new AssertionError(method + " in a dry run");
              });
    }
    return out;
  }
}
