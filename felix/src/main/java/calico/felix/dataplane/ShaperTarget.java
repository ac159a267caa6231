package calico.felix.dataplane;

import calico.felix.dataplane.Interfaces.Interface;
import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import calico.netlink.route.Link;
import calico.netlink.route.Rtnetlink;
import calico.netlink.tc.Qdisc;
import calico.netlink.tc.TokenBucket;
import calico.netlink.tc.TrafficControl;
import calico.reconcile.Target;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Token buckets of workloads' interfaces. What a workload is sent waits at its interface. What it
 * sends has left there already: it is redirected to a device of kind "ifb" that only it has, waits
 * there, and goes on as if it had just come in.
 *
 * <p>Ours are the buckets with our handle, and the devices whose alias says which interface they
 * are for.
 */
final class ShaperTarget implements Target<Shaper.Key, Shaper> {
  /** As {@code tc} prints it: {@code ca11:}. */
  static final int HANDLE = Qdisc.handle(0xca11);

  /** Upstream's, and the length of interface names. */
  private static final String DEVICE_PREFIX = "bwcali";

  private static final int MAX_NAME = 15;
  private static final String ALIAS_PREFIX = "what is sent by ";
  private static final int EOPNOTSUPP = 95;
  private static final TokenBucket MISSING = new TokenBucket(0, 0, 0, 0, 0);

  private final Rtnetlink rtnetlink;
  private final TrafficControl tc;
  private final DataplaneConfig config;
  private final Interfaces interfaces;

  ShaperTarget(
      Rtnetlink rtnetlink, TrafficControl tc, DataplaneConfig config, Interfaces interfaces) {
    this.rtnetlink = rtnetlink;
    this.tc = tc;
    this.config = config;
    this.interfaces = interfaces;
  }

  /** Name of the device through which goes what a workload's interface sends; upstream's. */
  static String device(String interfaceName) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-512")
              .digest(interfaceName.getBytes(StandardCharsets.UTF_8));
      return (DEVICE_PREFIX + HexFormat.of().formatHex(digest)).substring(0, MAX_NAME);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-512", e);
    }
  }

  @Override
  public Map<Shaper.Key, Shaper> list() {
    Map<Integer, TokenBucket> buckets = new HashMap<>();
    for (Qdisc qdisc : tc.qdiscs()) {
      TokenBucket bucket = qdisc.bucket();
      if (bucket != null && qdisc.handle() == HANDLE && qdisc.parent() == Qdisc.ROOT) {
        buckets.put(qdisc.interfaceIndex(), bucket);
      }
    }
    Map<Shaper.Key, Shaper> found = new HashMap<>();
    for (Interface i : interfaces.all()) {
      TokenBucket bucket = buckets.get(i.index());
      if (bucket != null && config.isWorkload(i.name())) {
        found.put(new Shaper.Key(i.name(), false), new Shaper(bucket, true));
      }
      if (i.name().startsWith(DEVICE_PREFIX)) {
        rtnetlink
            .link(i.index())
            .filter(link -> link.alias().startsWith(ALIAS_PREFIX))
            .ifPresent(
                link -> {
                  String name = link.alias().substring(ALIAS_PREFIX.length());
                  Interface workload = interfaces.named(name);
                  boolean inPlace =
                      link.up()
                          && workload != null
                          && tc.redirects(workload.index()).contains(link.index());
                  found.put(
                      new Shaper.Key(name, true),
                      new Shaper(Objects.requireNonNullElse(bucket, MISSING), inPlace));
                });
      }
    }
    return found;
  }

  @Override
  public Map<Shaper.Key, Exception> apply(
      Map<Shaper.Key, Shaper> updates, Set<Shaper.Key> deletions) {
    Map<Shaper.Key, Exception> failed = new HashMap<>();
    for (Shaper.Key key : deletions) {
      attempt(key, failed, () -> remove(key));
    }
    updates.forEach((key, shaper) -> attempt(key, failed, () -> write(key, shaper.bucket())));
    return failed;
  }

  private static void attempt(Shaper.Key key, Map<Shaper.Key, Exception> failed, Runnable action) {
    try {
      action.run();
    } catch (NetlinkException e) {
      failed.put(key, e.errno() == Errno.ENOENT || e.errno() == EOPNOTSUPP ? missing(key, e) : e);
    } catch (IllegalStateException e) {
      failed.put(key, e);
    }
  }

  private static IllegalStateException missing(Shaper.Key key, NetlinkException cause) {
    String modules = key.egress() ? "ifb, sch_ingress, cls_u32, act_mirred, sch_tbf" : "sch_tbf";
    return new IllegalStateException(
        "the kernel cannot limit the bandwidth: it lacks one of the modules "
            + modules
            + "; load them, or unset qosControls."
            + (key.egress() ? "egressBandwidth" : "ingressBandwidth")
            + " of the workload",
        cause);
  }

  private void remove(Shaper.Key key) {
    Link workload = rtnetlink.link(key.interfaceName()).orElse(null);
    if (!key.egress()) {
      if (workload != null) {
        tc.deleteBucket(workload.index(), HANDLE);
      }
      return;
    }
    Link device = rtnetlink.link(device(key.interfaceName())).orElse(null);
    if (device != null) {
      if (workload != null) {
        // First: what is redirected to a device that has gone is lost.
        tc.endRedirect(workload.index(), device.index());
      }
      rtnetlink.delete(device.index());
    }
  }

  private void write(Shaper.Key key, TokenBucket bucket) {
    Link workload = require(key.interfaceName());
    if (!key.egress()) {
      tc.setBucket(workload.index(), HANDLE, bucket);
      return;
    }
    String name = device(key.interfaceName());
    if (rtnetlink.link(name).isEmpty()) {
      rtnetlink.create(name, "ifb", workload.mtu());
    }
    Link device = require(name);
    rtnetlink.setAlias(device.index(), ALIAS_PREFIX + key.interfaceName());
    if (device.mtu() != workload.mtu()) {
      rtnetlink.setMtu(device.index(), workload.mtu());
    }
    tc.setBucket(device.index(), HANDLE, bucket);
    rtnetlink.setUp(device.index());
    tc.redirect(workload.index(), device.index());
  }

  private Link require(String name) {
    return rtnetlink
        .link(name)
        .orElseThrow(() -> new IllegalStateException("there is no interface " + name));
  }
}
