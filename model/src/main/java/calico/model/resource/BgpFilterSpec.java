package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.Holds;
import calico.model.schema.IsCidr;
import calico.model.schema.Matches;
import calico.model.schema.Name;
import calico.model.schema.OneOf;
import calico.model.schema.Range;
import calico.model.schema.Required;
import calico.model.schema.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Filters for the routes of BGP peers that name it; the first rule that matches decides. */
public record BgpFilterSpec(
    @Doc("Rules for IPv4 routes that are announced to the peer.")
        @Nullable List<FilterRule> exportV4,
    @Doc("Rules for IPv4 routes that come from the peer.") @Nullable List<FilterRule> importV4,
    @Doc("Rules for IPv6 routes that are announced to the peer.")
        @Nullable List<FilterRule> exportV6,
    @Doc("Rules for IPv6 routes that come from the peer.") @Nullable List<FilterRule> importV6,
    Unknown unknown) {

  /** What a route must match, and what happens to it then. Unset criteria match everything. */
  @Holds(
      value =
          "(has(self.cidr) && size(self.cidr) > 0)"
              + " == (has(self.matchOperator) && size(self.matchOperator) > 0)",
      field = "matchOperator",
      otherwise = "cidr and matchOperator need each other")
  @Holds(
      value = "!has(self.prefixLength) || (has(self.cidr) && size(self.cidr) > 0)",
      field = "prefixLength",
      otherwise = "only with a cidr")
  @Holds(
      value = "!has(self.operations) || size(self.operations) == 0 || self.action == 'Accept'",
      field = "operations",
      otherwise = "only routes that are accepted can be changed")
  public record FilterRule(
      @Doc("The prefix that routes are compared with; needs matchOperator.") @IsCidr(strict = true)
          @Nullable String cidr,
      @Doc("Lengths that the route's prefix may have; needs cidr.")
          @Nullable PrefixLength prefixLength,
      @Doc("Only routes from this source match.") @OneOf("RemotePeers") @Nullable String source,
      @Doc("Only routes out of this interface match; may hold *.")
          @Matches(
              value = "[a-zA-Z0-9_.*-]{1,15}",
              expected = "an interface's name, maybe with * in it")
          @Nullable
          @Name("interface")
          String interfaceName,
      @Doc("How the route's prefix is compared with cidr.")
          @OneOf({"Equal", "NotEqual", "In", "NotIn"})
          @Nullable String matchOperator,
      @Doc("Only routes to and from peers of this type match.") @OneOf({"eBGP", "iBGP"})
          @Nullable String peerType,
      @Doc("Only routes with this community match.") @Nullable CommunityMatch communities,
      @Doc("Only routes whose AS path starts so match.") @Nullable List<AsNumber> asPathPrefix,
      @Doc("Only routes with this priority match; see Felix's route priorities.")
          @Range(min = 1, max = 2147483646)
          @Nullable Integer priority,
      @Doc("What happens to routes that match.") @Required @OneOf({"Accept", "Reject"})
          String action,
      @Doc("Changes to routes that are accepted, in order.") @Size(min = 1, max = 10)
          @Nullable List<Operation> operations,
      Unknown unknown) {}

  public record PrefixLength(
      @Doc("Least length; unset: that of cidr.") @Range(min = 0, max = 128) @Nullable Integer min,
      @Doc("Greatest length; unset: 32 or 128.") @Range(min = 0, max = 128) @Nullable Integer max,
      Unknown unknown) {}

  public record CommunityMatch(
      @Doc("The community; exactly one, aa:nn or aa:nn:mm.")
          @Required
          @Size(min = 1, max = 1)
          @Matches(value = "\\d+:\\d+(:\\d+)?", expected = "a community aa:nn or aa:nn:mm")
          List<String> values,
      Unknown unknown) {}

  /** One change of a route; exactly one field is set. */
  @Holds(
      value =
          "has(self.addCommunity)"
              + " ? !has(self.prependASPath) && !has(self.setPriority)"
              + " : has(self.prependASPath) != has(self.setPriority)",
      otherwise = "set exactly one of addCommunity, prependASPath and setPriority")
  public record Operation(
      @Doc("Adds a community.") @Nullable AddCommunity addCommunity,
      @Doc("Prepends to the AS path.") @Nullable PrependAsPath prependASPath,
      @Doc("Sets the priority.") @Nullable SetPriority setPriority,
      Unknown unknown) {}

  public record AddCommunity(
      @Doc("The community, aa:nn or aa:nn:mm.")
          @Required
          @Matches(value = "\\d+:\\d+(:\\d+)?", expected = "a community aa:nn or aa:nn:mm")
          String value,
      Unknown unknown) {}

  public record PrependAsPath(
      @Doc("The AS numbers, in the order in which the path then starts.")
          @Required
          @Size(min = 1, max = 10)
          List<AsNumber> prefix,
      Unknown unknown) {}

  public record SetPriority(
      @Doc("The priority; see Felix's route priorities.")
          @Required
          @Range(min = 1, max = 2147483646)
          Integer value,
      Unknown unknown) {}
}
