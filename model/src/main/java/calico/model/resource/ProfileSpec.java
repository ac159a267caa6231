package calico.model.resource;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rules and labels that endpoints inherit. */
public record ProfileSpec(
    @Nullable List<Rule> ingress,
    @Nullable List<Rule> egress,
    @Nullable Map<String, String> labelsToApply,
    Unknown unknown) {}
