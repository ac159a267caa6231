package calico.confd;

import calico.model.Cidr;

/**
 * A next hop of a route, as the BGP daemon has it.
 *
 * @param used whether it is the one that is used of those to its prefix
 * @param gateway address of the next hop; empty if there is none
 * @param device interface, or "blackhole", "unreachable" or "prohibit"; empty if not known
 * @param peer address of the BGP peer that sent it; empty if none did
 */
public record BgpRoute(
    Cidr prefix, boolean used, String gateway, String device, Source source, String peer) {

  /** Where a route comes from: a session of the mesh, another BGP session, or no session. */
  public enum Source {
    KERNEL,
    STATIC,
    DIRECT,
    MESH,
    PEER,
    OTHER;

    static Source of(BgpSession session) {
      return session.origin() == BgpSession.Origin.MESH ? MESH : PEER;
    }
  }
}
