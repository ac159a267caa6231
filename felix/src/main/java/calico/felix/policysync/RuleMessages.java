package calico.felix.policysync;

import static java.util.Objects.requireNonNullElse;

import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateKey.PolicyId;
import calico.felix.state.StateKey.ProfileId;
import calico.felix.state.StateKey.SetId;
import calico.model.Cidr;
import calico.model.resource.PolicySpec;
import calico.model.resource.Port;
import calico.model.resource.ProfileSpec;
import calico.model.resource.Rule;
import calico.policysync.HTTPMatch;
import calico.policysync.IPVersion;
import calico.policysync.IcmpTypeAndCode;
import calico.policysync.PortRange;
import calico.policysync.Profile;
import calico.policysync.Protocol;
import calico.policysync.RuleMetadata;
import calico.policysync.ServiceAccountMatch;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Rules in the words of the protocol: what the kernel enforces as it is resolved, and what only the
 * client can see as it is written.
 */
final class RuleMessages {
  private RuleMessages() {}

  static calico.policysync.Policy policy(PolicyId id, Policy policy) {
    var out = calico.policysync.Policy.newBuilder().setNamespace(id.namespace());
    Policy.Written written = policy.written();
    PolicySpec spec = written == null ? null : written.spec();
    if (written != null && spec != null) {
      out.setTier(spec.tier() == null || spec.tier().isEmpty() ? "default" : spec.tier())
          .setUntracked(Boolean.TRUE.equals(spec.doNotTrack()))
          .setPreDnat(Boolean.TRUE.equals(spec.preDNAT()))
          .setOriginalSelector(written.selector().canonical())
          .addAllPerfHints(requireNonNullElse(spec.performanceHints(), List.of()));
    }
    rules(
        policy.ingress(),
        spec == null ? null : spec.ingress(),
        "pol-in-default/" + id.name(),
        out::addInboundRules);
    rules(
        policy.egress(),
        spec == null ? null : spec.egress(),
        "pol-out-default/" + id.name(),
        out::addOutboundRules);
    return out.build();
  }

  static Profile profile(ProfileId id, ProfileRules profile) {
    Profile.Builder out = Profile.newBuilder();
    ProfileSpec spec = profile.written();
    rules(
        profile.ingress(),
        spec == null ? null : spec.ingress(),
        "prof-in-" + id.name(),
        out::addInboundRules);
    rules(
        profile.egress(),
        spec == null ? null : spec.egress(),
        "prof-out-" + id.name(),
        out::addOutboundRules);
    return out.build();
  }

  /**
   * Rules, each with an identifier that depends on all before it.
   *
   * @param written as many; or null
   */
  private static void rules(
      List<ResolvedRule> rules,
      @Nullable List<Rule> written,
      String seed,
      Consumer<calico.policysync.Rule> out) {
    RuleIds ids = new RuleIds(seed);
    for (int i = 0; i < rules.size(); i++) {
      var rule = calico.policysync.Rule.newBuilder();
      resolved(rules.get(i), rule);
      if (written != null) {
        written(written.get(i), rule);
      }
      out.accept(rule.setRuleId(ids.next(rule.build())).build());
    }
  }

  private static void resolved(ResolvedRule rule, calico.policysync.Rule.Builder out) {
    out.setAction(
        switch (rule.action()) {
          case ALLOW -> "allow";
          case DENY -> "deny";
          case LOG -> "log";
          case PASS -> "next-tier";
        });
    if (rule.ipVersion() != null) {
      out.setIpVersion(rule.ipVersion() == 4 ? IPVersion.IPV4 : IPVersion.IPV6);
    }
    if (rule.protocol() != null) {
      out.setProtocol(Protocol.newBuilder().setNumber(rule.protocol()));
    }
    if (rule.notProtocol() != null) {
      out.setNotProtocol(Protocol.newBuilder().setNumber(rule.notProtocol()));
    }
    icmp(rule, out);
    ResolvedRule.Side source = rule.source();
    source.nets().stream().map(Cidr::toString).forEach(out::addSrcNet);
    source.notNets().stream().map(Cidr::toString).forEach(out::addNotSrcNet);
    source.ports().stream().map(RuleMessages::range).forEach(out::addSrcPorts);
    source.notPorts().stream().map(RuleMessages::range).forEach(out::addNotSrcPorts);
    source.sets().stream().map(SetId::id).forEach(out::addSrcIpSetIds);
    source.notSets().stream().map(SetId::id).forEach(out::addNotSrcIpSetIds);
    source.namedPortSets().stream().map(SetId::id).forEach(out::addSrcNamedPortIpSetIds);
    source.notNamedPortSets().stream().map(SetId::id).forEach(out::addNotSrcNamedPortIpSetIds);
    ResolvedRule.Side destination = rule.destination();
    destination.nets().stream().map(Cidr::toString).forEach(out::addDstNet);
    destination.notNets().stream().map(Cidr::toString).forEach(out::addNotDstNet);
    destination.ports().stream().map(RuleMessages::range).forEach(out::addDstPorts);
    destination.notPorts().stream().map(RuleMessages::range).forEach(out::addNotDstPorts);
    destination.sets().stream().map(SetId::id).forEach(out::addDstIpSetIds);
    destination.notSets().stream().map(SetId::id).forEach(out::addNotDstIpSetIds);
    destination.namedPortSets().stream().map(SetId::id).forEach(out::addDstNamedPortIpSetIds);
    destination.notNamedPortSets().stream().map(SetId::id).forEach(out::addNotDstNamedPortIpSetIds);
    destination.ipPortSets().stream().map(SetId::id).forEach(out::addDstIpPortSetIds);
  }

  private static void icmp(ResolvedRule rule, calico.policysync.Rule.Builder out) {
    Rule.Icmp icmp = rule.icmp();
    if (icmp != null && icmp.type() != null) {
      if (icmp.code() == null) {
        out.setIcmpType(icmp.type());
      } else {
        out.setIcmpTypeCode(IcmpTypeAndCode.newBuilder().setType(icmp.type()).setCode(icmp.code()));
      }
    }
    Rule.Icmp not = rule.notIcmp();
    if (not != null && not.type() != null) {
      if (not.code() == null) {
        out.setNotIcmpType(not.type());
      } else {
        out.setNotIcmpTypeCode(
            IcmpTypeAndCode.newBuilder().setType(not.type()).setCode(not.code()));
      }
    }
  }

  private static PortRange range(Port port) {
    return PortRange.newBuilder().setFirst(port.min()).setLast(port.max()).build();
  }

  private static void written(Rule rule, calico.policysync.Rule.Builder out) {
    protocol(rule.protocol(), out::setProtocol);
    protocol(rule.notProtocol(), out::setNotProtocol);
    Rule.Entity source = rule.source();
    if (source != null) {
      out.setOriginalSrcSelector(text(source.selector()))
          .setOriginalNotSrcSelector(text(source.notSelector()))
          .setOriginalSrcNamespaceSelector(text(source.namespaceSelector()));
      accounts(source.serviceAccounts(), out::setSrcServiceAccountMatch);
      if (source.services() != null) {
        out.setOriginalSrcService(text(source.services().name()))
            .setOriginalSrcServiceNamespace(text(source.services().namespace()));
      }
    }
    Rule.Entity destination = rule.destination();
    if (destination != null) {
      out.setOriginalDstSelector(text(destination.selector()))
          .setOriginalNotDstSelector(text(destination.notSelector()))
          .setOriginalDstNamespaceSelector(text(destination.namespaceSelector()));
      accounts(destination.serviceAccounts(), out::setDstServiceAccountMatch);
      if (destination.services() != null) {
        out.setOriginalDstService(text(destination.services().name()))
            .setOriginalDstServiceNamespace(text(destination.services().namespace()));
      }
    }
    if (rule.http() != null) {
      out.setHttpMatch(http(rule.http()));
    }
    if (rule.metadata() != null && rule.metadata().annotations() != null) {
      out.setMetadata(RuleMetadata.newBuilder().putAllAnnotations(rule.metadata().annotations()));
    }
  }

  /** Clients know some protocols by name only, if that is how they were written. */
  private static void protocol(
      calico.model.resource.@Nullable Protocol protocol, Consumer<Protocol> out) {
    if (protocol != null && protocol.name() != null) {
      out.accept(Protocol.newBuilder().setName(protocol.name().toLowerCase(Locale.ROOT)).build());
    }
  }

  private static void accounts(
      Rule.@Nullable ServiceAccountMatch match, Consumer<ServiceAccountMatch> out) {
    if (match != null) {
      List<String> names = requireNonNullElse(match.names(), List.of());
      String selector = text(match.selector());
      if (!names.isEmpty() || !selector.isEmpty()) {
        out.accept(
            ServiceAccountMatch.newBuilder().setSelector(selector).addAllNames(names).build());
      }
    }
  }

  private static HTTPMatch http(Rule.Http http) {
    HTTPMatch.Builder out =
        HTTPMatch.newBuilder().addAllMethods(requireNonNullElse(http.methods(), List.of()));
    for (Rule.HttpPath path : requireNonNullElse(http.paths(), List.<Rule.HttpPath>of())) {
      if (!text(path.exact()).isEmpty()) {
        out.addPaths(HTTPMatch.PathMatch.newBuilder().setExact(text(path.exact())));
      } else if (!text(path.prefix()).isEmpty()) {
        out.addPaths(HTTPMatch.PathMatch.newBuilder().setPrefix(text(path.prefix())));
      }
    }
    return out.build();
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }
}
