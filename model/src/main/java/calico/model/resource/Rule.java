package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.IsCidr;
import calico.model.schema.IsName;
import calico.model.schema.IsSelector;
import calico.model.schema.OmitZero;
import calico.model.schema.OneOf;
import calico.model.schema.Range;
import calico.model.schema.Required;
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
    @Doc("What happens to packets that match.") @Required @OneOf({"Allow", "Deny", "Log", "Pass"})
        String action,
    @Doc("Only packets of this IP version match.") @Range(min = 4, max = 6)
        @Nullable Integer ipVersion,
    @Doc("Only packets of this protocol match.") @Nullable Protocol protocol,
    @Doc("Only packets of other protocols match.") @Nullable Protocol notProtocol,
    @Doc("Only these ICMP packets match.") @Nullable Icmp icmp,
    @Doc("Only other ICMP packets match.") @Nullable Icmp notICMP,
    @Doc("Where packets must come from.") @OmitZero @Nullable Entity source,
    @Doc("Where packets must go to.") @OmitZero @Nullable Entity destination,
    @Doc("Only these HTTP requests match; only in ingress Allow rules.") @Nullable Http http,
    @Doc("Notes that end up as comments in the ruleset.") @Nullable RuleMetadata metadata,
    Unknown unknown) {

  /** ICMP type and code, 0 to 255 each. */
  public record Icmp(
      @Doc("ICMP type.") @Range(min = 0, max = 254) @Nullable Integer type,
      @Doc("ICMP code; needs a type.") @Range(min = 0, max = 255) @Nullable Integer code,
      Unknown unknown) {}

  /** One side of a packet. */
  public record Entity(
      @Doc("The address is in one of these prefixes.") @IsCidr(strict = true)
          @Nullable List<String> nets,
      @Doc("The address is in none of these prefixes.") @IsCidr(strict = true)
          @Nullable List<String> notNets,
      @Doc("The address is of an endpoint or network set that this selects.") @IsSelector
          @Nullable String selector,
      @Doc("The address is of no endpoint or network set that this selects.") @IsSelector
          @Nullable String notSelector,
      @Doc("Namespaces to which the selectors are limited; global() is what has none.")
          @IsSelector(global = true)
          @Nullable String namespaceSelector,
      @Doc("The address, and on the destination's side the port, is of this service.")
          @Nullable ServiceMatch services,
      @Doc("The port is one of these.") @Nullable List<Port> ports,
      @Doc("The port is none of these.") @Nullable List<Port> notPorts,
      @Doc("The address is of a workload with one of these service accounts.")
          @Nullable ServiceAccountMatch serviceAccounts,
      Unknown unknown) {}

  public record ServiceMatch(
      @Doc("Name of the service.") @IsName @Nullable String name,
      @Doc("Its namespace; unset: the policy's.") @IsName @Nullable String namespace,
      Unknown unknown) {}

  public record ServiceAccountMatch(
      @Doc("Names of service accounts.") @Nullable List<String> names,
      @Doc("Labels of service accounts.") @IsSelector @Nullable String selector,
      Unknown unknown) {}

  public record Http(
      @Doc("The method is one of these.") @Nullable List<String> methods,
      @Doc("The path is one of these.") @Nullable List<HttpPath> paths,
      Unknown unknown) {}

  public record HttpPath(
      @Doc("The whole path.") @Nullable String exact,
      @Doc("How the path starts.") @Nullable String prefix,
      Unknown unknown) {}

  public record RuleMetadata(
      @Doc("The notes.") @Nullable Map<String, String> annotations, Unknown unknown) {}
}
