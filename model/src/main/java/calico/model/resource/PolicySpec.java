package calico.model.resource;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network policy, global or namespaced.
 *
 * @param order lower first; null last
 * @param types Ingress, Egress
 */
public record PolicySpec(
    @Nullable String tier,
    @Nullable Double order,
    @Nullable List<Rule> ingress,
    @Nullable List<Rule> egress,
    @Nullable String selector,
    @Nullable List<String> types,
    @Nullable Boolean doNotTrack,
    @Nullable Boolean preDNAT,
    @Nullable Boolean applyOnForward,
    @Nullable String serviceAccountSelector,
    @Nullable String namespaceSelector,
    @Nullable List<String> performanceHints,
    Unknown unknown) {}
