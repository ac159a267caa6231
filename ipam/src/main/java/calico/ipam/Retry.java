package calico.ipam;

import calico.datastore.DatastoreException;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Repeats a read-modify-write that lost a race, with pauses that grow and vary so that competing
 * allocators do not stay in step.
 */
final class Retry {
  private static final int TRIES = 100;
  private static final int LONGEST_PAUSE_MILLIS = 64;

  private final RandomGenerator random;

  /**
   * @param random called by many threads at once
   */
  Retry(RandomGenerator random) {
    this.random = random;
  }

  /**
   * The result of the first attempt that does not lose.
   *
   * @param what is being done, for the message
   * @throws IpamException after 100 lost attempts
   */
  <T> T whileConflicting(String what, Supplier<T> attempt) {
    for (int i = 0; ; i++) {
      try {
        return attempt.get();
      } catch (DatastoreException.Conflict
          | DatastoreException.DoesNotExist
          | DatastoreException.AlreadyExists e) {
        if (i == TRIES - 1) {
          throw new IpamException(
              what
                  + ": lost the race against other allocators "
                  + TRIES
                  + " times; try again, with fewer allocations at a time",
              e);
        }
        pause(Math.min(1 << Math.min(i, 6), LONGEST_PAUSE_MILLIS), what);
      }
    }
  }

  private void pause(int boundMillis, String what) {
    try {
      Thread.sleep(random.nextInt(boundMillis + 1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IpamException(what + ": interrupted", e);
    }
  }
}
