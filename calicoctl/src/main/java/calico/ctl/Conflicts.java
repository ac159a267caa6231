package calico.ctl;

import calico.datastore.DatastoreException;
import java.util.function.Supplier;

/** What to do when another write comes between reading and writing. */
final class Conflicts {
  private static final int TRIES = 5;

  private Conflicts() {}

  /** The result of the first attempt that does not meet one. */
  static <T> T retry(Supplier<T> attempt) {
    for (int tries = 1; ; tries++) {
      try {
        return attempt.get();
      } catch (DatastoreException.Conflict e) {
        if (tries == TRIES) {
          throw e;
        }
      }
    }
  }
}
