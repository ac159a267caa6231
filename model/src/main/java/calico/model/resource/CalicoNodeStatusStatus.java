package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.Name;
import calico.model.schema.OneOf;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The report that a {@link CalicoNodeStatusSpec} asks for. Upstream has all but {@link
 * Peer#reason}. Of classes that are not asked for the numbers are 0 and the rest is empty.
 */
public record CalicoNodeStatusStatus(
    @Doc("When the report was last changed, RFC 3339, UTC.") @Nullable String lastUpdated,
    @Doc("The BGP daemon; class Agent.") Agent agent,
    @Doc("The sessions; class BGP.") Bgp bgp,
    @Doc("The routes; class Routes.") Routes routes) {

  public CalicoNodeStatusStatus {
    bgp = Objects.requireNonNullElse(bgp, Bgp.NONE);
  }

  /** One daemon serves both families, so that both say the same. */
  public record Agent(
      @Doc("The daemon, for IPv4.") Daemon birdV4, @Doc("The same, for IPv6.") Daemon birdV6) {}

  /** A BGP daemon. */
  public record Daemon(
      @Doc("NotReady if it does not answer, or none runs.") @OneOf({"Ready", "NotReady"})
          @Nullable String state,
      @Doc("With its name.") @Nullable String version,
      @Doc("Its BGP identifier.") @Nullable String routerID,
      @Doc("When it was started; not known of FRR.") @Nullable String lastBootTime,
      @Doc("When it last took a configuration; not known of FRR.")
          @Nullable String lastReconfigurationTime) {
    public static final Daemon NONE = new Daemon(null, null, null, null, null);
  }

  /** BGP sessions, by the family of the peers' addresses. */
  public record Bgp(
      @Doc("How many IPv4 sessions are established.") int numberEstablishedV4,
      @Doc("How many IPv4 sessions are not.") int numberNotEstablishedV4,
      @Doc("How many IPv6 sessions are established.") int numberEstablishedV6,
      @Doc("How many IPv6 sessions are not.") int numberNotEstablishedV6,
      @Doc("The IPv4 sessions.") List<Peer> peersV4,
      @Doc("The IPv6 sessions.") List<Peer> peersV6) {
    private static final Bgp NONE = new Bgp(0, 0, 0, 0, List.of(), List.of());

    public Bgp {
      peersV4 = Objects.requireNonNullElse(peersV4, List.of());
      peersV6 = Objects.requireNonNullElse(peersV6, List.of());
    }
  }

  /** The other end of a BGP session. */
  public record Peer(
      @Doc("Address of the other end.") String peerIP,
      @Doc("What asks for the session; unset if that is a BGPPeer for workloads.")
          @OneOf({"NodeMesh", "NodePeer", "GlobalPeer"})
          @Nullable String type,
      @Doc("State of RFC 4271, 8.2.2; Close while it is being cleared.")
          @OneOf({"Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established", "Close"})
          String state,
      @Doc("When it got there, in the node's own time; of FRR only if it is established.")
          @Nullable String since,
      @Doc("Why it is not established, in the daemon's words; upstream has no such field.")
          @Nullable String reason) {}

  /** Routes, by family. */
  public record Routes(
      @Doc("The IPv4 routes that the daemon has; one with several next hops comes several times.")
          List<Route> routesV4,
      @Doc("The same of IPv6.") List<Route> routesV6) {}

  /** One next hop of a route. */
  public record Route(
      @Doc("FIB if it is the one that is used of those to its destination.") @OneOf({"FIB", "RIB"})
          String type,
      @Doc("Prefix that it leads to.") String destination,
      @Doc("Address of the next hop, or N/A.") String gateway,
      @Doc("Interface, or blackhole, unreachable or prohibit; unset if not known.")
          @Name("interface")
          @Nullable String device,
      @Doc("Where it comes from.") LearnedFrom learnedFrom) {}

  /** Where a route comes from. */
  public record LearnedFrom(
      @Doc("Unset if it is none of these.")
          @OneOf({"Kernel", "Static", "Direct", "NodeMesh", "BGPPeer"})
          @Nullable String sourceType,
      @Doc("Address of the BGP peer that sent it.") @Nullable String peerIP) {}

  /** The same with another time. */
  public CalicoNodeStatusStatus at(@Nullable String time) {
    return new CalicoNodeStatusStatus(time, agent, bgp, routes);
  }

  /** As a JSON tree. */
  public Map<String, @Nullable Object> toTree() {
    return ResourceCodec.encodeRecord(this);
  }
}
