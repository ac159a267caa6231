package calico.model.resource;

import calico.model.schema.Default;
import calico.model.schema.Doc;
import calico.model.schema.IsCidr;
import calico.model.schema.OneOf;
import calico.model.schema.Range;
import calico.model.schema.Required;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A NetworkPolicy of Kubernetes that is not enforced; fields as in networking.k8s.io/v1. */
public record StagedKubernetesPolicySpec(
    @Doc("What would be done with the policy of this name.")
        @OneOf({"Set", "Delete", "Learn", "Ignore"})
        @Default(value = "\"Set\"", stored = true)
        @Nullable String stagedAction,
    @Doc("Pods to which the policy applies; empty is all of the namespace.")
        @Default(value = "{}", stored = true)
        @Nullable LabelSelector podSelector,
    @Doc("Traffic to the pods that is allowed.") @Nullable List<IngressRule> ingress,
    @Doc("Traffic from the pods that is allowed.") @Nullable List<EgressRule> egress,
    @Doc("Directions to which the policy applies.") @OneOf({"Ingress", "Egress"})
        @Nullable List<String> policyTypes,
    Unknown unknown) {

  /** Labels that something has; all conditions must hold. */
  public record LabelSelector(
      @Doc("Labels and their values.") @Nullable Map<String, String> matchLabels,
      @Doc("Further conditions.") @Nullable List<Requirement> matchExpressions,
      Unknown unknown) {}

  public record Requirement(
      @Doc("The label.") @Required String key,
      @Doc("How it is compared.") @Required @OneOf({"In", "NotIn", "Exists", "DoesNotExist"})
          String operator,
      @Doc("Values to compare with; none for Exists and DoesNotExist.")
          @Nullable List<String> values,
      Unknown unknown) {}

  public record IngressRule(
      @Doc("The ports; empty is all.") @Nullable List<PolicyPort> ports,
      @Doc("Where packets may come from; empty is anywhere.") @Nullable List<PolicyPeer> from,
      Unknown unknown) {}

  public record EgressRule(
      @Doc("The ports; empty is all.") @Nullable List<PolicyPort> ports,
      @Doc("Where packets may go to; empty is anywhere.") @Nullable List<PolicyPeer> to,
      Unknown unknown) {}

  public record PolicyPort(
      @Doc("The protocol.") @OneOf({"TCP", "UDP", "SCTP"}) @Nullable String protocol,
      @Doc("The port, by number or name.") @Nullable Port port,
      @Doc("Last port of a range that starts with port.") @Range(min = 1, max = 65535)
          @Nullable Integer endPort,
      Unknown unknown) {}

  public record PolicyPeer(
      @Doc("Pods, of the namespaces that are selected, else of the policy's.")
          @Nullable LabelSelector podSelector,
      @Doc("Namespaces.") @Nullable LabelSelector namespaceSelector,
      @Doc("Addresses; excludes the selectors.") @Nullable IpBlock ipBlock,
      Unknown unknown) {}

  public record IpBlock(
      @Doc("The prefix.") @Required @IsCidr(strict = true) String cidr,
      @Doc("Prefixes in it that are excluded.") @IsCidr(strict = true)
          @Nullable List<String> except,
      Unknown unknown) {}
}
