package calico.sandbox;

import calico.model.Family;
import java.util.List;

/**
 * The configuration of a fabric's router, for BIRD 2.0.12 and later: a pure function of the fabric.
 *
 * <p>Sessions with nodes are of one AS, so the router reflects the nodes' routes (RFC 4456); with
 * other routers it speaks eBGP. What came from there gets the router's own address as next hop,
 * which nodes can reach. A session ends when its link goes down, and routes that are equally good
 * share the traffic.
 */
final class RouterConfig {
  private RouterConfig() {}

  static String render(Fabric fabric, Fabric.Router router) {
    StringBuilder out =
        new StringBuilder(
            """
            # Router %s of AS %d.
            log stderr all;
            timeformat protocol iso long ms;
            router id %s;

            protocol device { scan time 2; }
            protocol direct { ipv4; ipv6; }
            """
                .formatted(router.name(), router.as(), router.id()));
    List<Fabric.Session> sessions = fabric.sessionsOf(router.name()).toList();
    for (Family family : Family.values()) {
      out.append(
          """

          # ---- IPv%1$d ----

          protocol kernel kernel%1$d {
            scan time 2;
            merge paths;
            ipv%1$d { import none; export where source != RTS_DEVICE; };
          }
          """
              .formatted(family.version()));
      for (Fabric.Session session : sessions) {
        out.append(session(session, family));
      }
    }
    return out.toString();
  }

  private static String session(Fabric.Session session, Family family) {
    boolean internal = session.a().as() == session.b().as();
    String name = session.b().device().replace('-', '_') + "_ipv" + family.version();
    return """

    protocol bgp %s {
      local %s as %d;
      neighbor %s as %d;
    %s  ipv%d { import all; export all;%s };
    }
    """
        .formatted(
            name,
            session.a().addresses().of(family).ip(),
            session.a().as(),
            session.b().addresses().of(family).ip(),
            session.b().as(),
            internal
                ? "  passive;\n  rr client;\n"
                : "  connect delay time 1;\n  connect retry time 2;\n  error wait time 1, 10;\n",
            family.version(),
            internal ? " next hop self ebgp;" : "");
  }
}
