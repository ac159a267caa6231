package calico.model.resource;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One rule of a policy or profile. All criteria must hold.
 *
 * @param action Allow, Deny, Log or Pass
 * @param ipVersion 4, 6 or null for both
 */
public record Rule(
    String action,
    @Nullable Integer ipVersion,
    @Nullable Protocol protocol,
    @Nullable Protocol notProtocol,
    @Nullable Icmp icmp,
    @Nullable Icmp notICMP,
    @Nullable Entity source,
    @Nullable Entity destination,
    @Nullable Http http,
    @Nullable RuleMetadata metadata,
    Unknown unknown) {

  /** ICMP type and code, 0 to 255 each. */
  public record Icmp(@Nullable Integer type, @Nullable Integer code, Unknown unknown) {}

  /** One side of a packet. */
  public record Entity(
      @Nullable List<String> nets,
      @Nullable List<String> notNets,
      @Nullable String selector,
      @Nullable String notSelector,
      @Nullable String namespaceSelector,
      @Nullable ServiceMatch services,
      @Nullable List<Port> ports,
      @Nullable List<Port> notPorts,
      @Nullable ServiceAccountMatch serviceAccounts,
      Unknown unknown) {}

  public record ServiceMatch(@Nullable String name, @Nullable String namespace, Unknown unknown) {}

  public record ServiceAccountMatch(
      @Nullable List<String> names, @Nullable String selector, Unknown unknown) {}

  public record Http(
      @Nullable List<String> methods, @Nullable List<HttpPath> paths, Unknown unknown) {}

  public record HttpPath(@Nullable String exact, @Nullable String prefix, Unknown unknown) {}

  public record RuleMetadata(@Nullable Map<String, String> annotations, Unknown unknown) {}
}
