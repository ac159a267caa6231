package calico.felix.state;

import calico.model.Cidr;
import calico.model.resource.Port;
import calico.model.resource.Rule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A rule whose selectors have become set references. All criteria must hold; inside one list any
 * member does; a not-list means none of them.
 *
 * @param ipVersion 4, 6 or null for both
 * @param protocol IANA number, or null for any
 * @param annotations from the rule's metadata, for comments
 */
public record ResolvedRule(
    Action action,
    @Nullable Integer ipVersion,
    @Nullable Integer protocol,
    @Nullable Integer notProtocol,
    Rule.@Nullable Icmp icmp,
    Rule.@Nullable Icmp notIcmp,
    Side source,
    Side destination,
    Map<String, String> annotations) {

  /** What happens to a packet that the rule matches. */
  public enum Action {
    ALLOW,
    DENY,
    LOG,
    PASS
  }

  /**
   * Criteria on one side of the packet.
   *
   * @param sets address must be in each of these
   * @param notSets address must be in none of these
   * @param ports numeric ports only; port must be in one of these or (address, protocol, port) in
   *     one of namedPortSets
   * @param namedPortSets sets of type IP_AND_PORT
   * @param ipPortSets address, protocol and port must be in each of these (services)
   */
  public record Side(
      List<Cidr> nets,
      List<Cidr> notNets,
      List<StateKey.SetId> sets,
      List<StateKey.SetId> notSets,
      List<Port> ports,
      List<Port> notPorts,
      List<StateKey.SetId> namedPortSets,
      List<StateKey.SetId> notNamedPortSets,
      List<StateKey.SetId> ipPortSets) {
    public static final Side ANY =
        new Side(
            List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(),
            List.of());
  }
}
