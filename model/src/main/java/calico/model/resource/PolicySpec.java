package calico.model.resource;

import calico.model.schema.Default;
import calico.model.schema.Doc;
import calico.model.schema.Holds;
import calico.model.schema.IsName;
import calico.model.schema.IsSelector;
import calico.model.schema.OmitZero;
import calico.model.schema.OneOf;
import calico.model.schema.OnlyGlobal;
import calico.model.schema.Size;
import calico.model.schema.Unique;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network policy, global or namespaced.
 *
 * @param order lower first; null last
 * @param types Ingress, Egress
 */
@Holds(
    value =
        "!(has(self.doNotTrack) && self.doNotTrack)" + " || !(has(self.preDNAT) && self.preDNAT)",
    field = "preDNAT",
    otherwise = "preDNAT and doNotTrack exclude each other")
@Holds(
    value = "!has(self.preDNAT) || !self.preDNAT || !has(self.egress) || size(self.egress) == 0",
    field = "preDNAT",
    otherwise = "a preDNAT policy has no egress rules")
@Holds(
    value =
        "!has(self.preDNAT) || !self.preDNAT || !has(self.types)"
            + " || !self.types.exists(t, t == 'Egress')",
    field = "preDNAT",
    otherwise = "a preDNAT policy has no type Egress")
@Holds(
    value =
        "(has(self.applyOnForward) && self.applyOnForward)"
            + " || (!(has(self.doNotTrack) && self.doNotTrack)"
            + " && !(has(self.preDNAT) && self.preDNAT))",
    field = "applyOnForward",
    otherwise = "must be true with preDNAT or doNotTrack")
public record PolicySpec(
    @Doc("The tier that the policy is in.") @IsName @Default(value = "\"default\"", stored = true)
        @Nullable String tier,
    @Doc("Policies of a tier are evaluated in this order, lower first, unset last.")
        @Nullable Double order,
    @Doc("Rules for packets to the selected endpoints, first match decides.") @Size(max = 1024)
        @Nullable List<Rule> ingress,
    @Doc("Rules for packets from the selected endpoints, first match decides.") @Size(max = 1024)
        @Nullable List<Rule> egress,
    @Doc("Endpoints to which the policy applies; empty is all.") @IsSelector
        @Nullable String selector,
    @Doc("Directions to which the policy applies; unset: those that have rules, else Ingress.")
        @OneOf({"Ingress", "Egress"})
        @Size(min = 1, max = 2)
        @Unique(strict = true)
        @Nullable List<String> types,
    @Doc("Whether the rules apply before connection tracking, and packets go untracked.")
        @OmitZero
        @OnlyGlobal
        @Nullable Boolean doNotTrack,
    @Doc("Whether the rules apply before destination NAT.") @OmitZero @OnlyGlobal
        @Nullable Boolean preDNAT,
    @Doc("Whether the rules apply to what host endpoints forward too.") @OmitZero @OnlyGlobal
        @Nullable Boolean applyOnForward,
    @Doc("Service accounts whose endpoints the policy applies to.") @IsSelector
        @Nullable String serviceAccountSelector,
    @Doc("Namespaces in which the policy applies.") @IsSelector @OnlyGlobal
        @Nullable String namespaceSelector,
    @Doc("Hints that change when, not whether, the policy is programmed.")
        @OneOf("AssumeNeededOnEveryNode")
        @Unique(strict = true)
        @Nullable List<String> performanceHints,
    Unknown unknown)
    implements Tiered {}
