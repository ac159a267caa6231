package calico.datastore.etcd;

import java.time.Duration;

/**
 * How large a managed etcd may become, and how that is seen to.
 *
 * @param quotaBytes size of its file at which etcd refuses to write
 * @param keptRevisions how much history watches can go back over
 * @param wastedBytes space in the file that is given back when it is more than what is in use
 * @param interval between two looks
 */
public record EtcdLimits(long quotaBytes, long keptRevisions, long wastedBytes, Duration interval) {
  public static final EtcdLimits DEFAULT =
      new EtcdLimits(2L << 30, 10_000, 16L << 20, Duration.ofMinutes(1));
}
