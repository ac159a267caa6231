package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.Holds;
import calico.model.schema.IsCidr;
import calico.model.schema.IsName;
import calico.model.schema.IsSelector;
import calico.model.schema.OmitZero;
import calico.model.schema.OneOf;
import calico.model.schema.Range;
import calico.model.schema.Required;
import calico.model.schema.Size;
import calico.model.schema.Unique;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One rule of a policy or profile. All criteria must hold.
 *
 * @param action Allow, Deny, Log or Pass
 * @param ipVersion 4, 6 or null for both
 */
@Holds(
    value =
        "!has(self.http) || !has(self.protocol)"
            + " || self.protocol == 'TCP' || self.protocol == 6",
    field = "protocol",
    otherwise = "a rule that matches HTTP requests has protocol TCP or none")
@Holds(
    value = "!has(self.http) || self.action == 'Allow'",
    field = "http",
    otherwise = "only Allow rules can match HTTP requests")
@Holds(
    value =
        "!has(self.destination) || !has(self.destination.services)"
            + " || ((!has(self.destination.ports) || size(self.destination.ports) == 0)"
            + " && (!has(self.destination.notPorts) || size(self.destination.notPorts) == 0))",
    field = "destination.services",
    otherwise = "excludes ports: they are the service's")
@Holds(
    value =
        "!has(self.icmp) || (has(self.protocol)"
            + " && (self.protocol == 'ICMP' || self.protocol == 'ICMPv6'"
            + " || self.protocol == 1 || self.protocol == 58))",
    field = "icmp",
    otherwise = "needs protocol ICMP or ICMPv6")
@Holds(
    value =
        "!has(self.ipVersion) || self.ipVersion == 4 || !has(self.protocol)"
            + " || (self.protocol != 'ICMP' && self.protocol != 1)",
    field = "protocol",
    otherwise = "ICMP exists only in IPv4")
@Holds(
    value =
        "!has(self.ipVersion) || self.ipVersion == 6 || !has(self.protocol)"
            + " || (self.protocol != 'ICMPv6' && self.protocol != 58)",
    field = "protocol",
    otherwise = "ICMPv6 exists only in IPv6")
@Holds(
    value =
        "!has(self.ipVersion) || self.ipVersion == 4 || !has(self.notProtocol)"
            + " || (self.notProtocol != 'ICMP' && self.notProtocol != 1)",
    field = "notProtocol",
    otherwise = "ICMP exists only in IPv4")
@Holds(
    value =
        "!has(self.ipVersion) || self.ipVersion == 6 || !has(self.notProtocol)"
            + " || (self.notProtocol != 'ICMPv6' && self.notProtocol != 58)",
    field = "notProtocol",
    otherwise = "ICMPv6 exists only in IPv6")
public record Rule(
    @Doc("What happens to packets that match.") @Required @OneOf({"Allow", "Deny", "Log", "Pass"})
        String action,
    @Doc("Only packets of this IP version match.") @OneOf({"4", "6"}) @Nullable Integer ipVersion,
    @Doc("Only packets of this protocol match.") @Nullable Protocol protocol,
    @Doc("Only packets of other protocols match.") @Nullable Protocol notProtocol,
    @Doc("Only these ICMP packets match.") @Nullable Icmp icmp,
    @Doc("Only other ICMP packets match.") @Nullable Icmp notICMP,
    @Doc("Where packets must come from.") @OmitZero @Nullable Entity source,
    @Doc("Where packets must go to.") @OmitZero @Nullable Entity destination,
    @Doc("Only these HTTP requests match; only in ingress Allow rules.") @Nullable Http http,
    @Doc("Notes that end up as comments in the ruleset.") @Nullable RuleMetadata metadata,
    Unknown unknown) {

  /** ICMP type and code. */
  @Holds(
      value = "!has(self.code) || has(self.type)",
      field = "code",
      otherwise = "a code needs a type")
  public record Icmp(
      @Doc("ICMP type.") @Range(min = 0, max = 254) @Nullable Integer type,
      @Doc("ICMP code; needs a type.") @Range(min = 0, max = 255) @Nullable Integer code,
      Unknown unknown) {}

  /** One side of a packet. */
  @Holds(
      value = "!has(self.services) || (has(self.services.name) && size(self.services.name) > 0)",
      field = "services.name",
      otherwise = "the field is required")
  @Holds(
      value =
          "!has(self.services) || ((!has(self.selector) || size(self.selector) == 0)"
              + " && (!has(self.notSelector) || size(self.notSelector) == 0)"
              + " && (!has(self.namespaceSelector) || size(self.namespaceSelector) == 0))",
      field = "services",
      otherwise = "excludes selectors")
  @Holds(
      value =
          "!has(self.services) || ((!has(self.nets) || size(self.nets) == 0)"
              + " && (!has(self.notNets) || size(self.notNets) == 0))",
      field = "services",
      otherwise = "excludes nets")
  @Holds(
      value = "!has(self.services) || !has(self.serviceAccounts)",
      field = "services",
      otherwise = "excludes serviceAccounts")
  public record Entity(
      @Doc("The address is in one of these prefixes.")
          @IsCidr(strict = true)
          @Size(max = 256)
          @Unique
          @Nullable List<String> nets,
      @Doc("The address is in none of these prefixes.")
          @IsCidr(strict = true)
          @Size(max = 256)
          @Unique
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
      @Doc("The port is one of these.") @Size(max = 50) @Nullable List<Port> ports,
      @Doc("The port is none of these.") @Size(max = 50) @Nullable List<Port> notPorts,
      @Doc("The address is of a workload with one of these service accounts.")
          @Nullable ServiceAccountMatch serviceAccounts,
      Unknown unknown) {}

  public record ServiceMatch(
      @Doc("Name of the service.") @IsName @Nullable String name,
      @Doc("Its namespace; unset: the policy's.") @IsName @Nullable String namespace,
      Unknown unknown) {}

  public record ServiceAccountMatch(
      @Doc("Names of service accounts.") @Unique @Nullable List<String> names,
      @Doc("Labels of service accounts.") @IsSelector @Nullable String selector,
      Unknown unknown) {}

  public record Http(
      @Doc("The method is one of these.") @Size(max = 20) @Nullable List<String> methods,
      @Doc("The path is one of these.") @Size(max = 20) @Nullable List<HttpPath> paths,
      Unknown unknown) {}

  public record HttpPath(
      @Doc("The whole path.") @Size(max = 1024) @Nullable String exact,
      @Doc("How the path starts.") @Size(max = 1024) @Nullable String prefix,
      Unknown unknown) {}

  public record RuleMetadata(
      @Doc("The notes.") @Nullable Map<String, String> annotations, Unknown unknown) {}
}
