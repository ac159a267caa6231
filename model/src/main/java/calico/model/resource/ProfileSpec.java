package calico.model.resource;

import calico.model.schema.Doc;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rules and labels that endpoints inherit. */
public record ProfileSpec(
    @Doc("Rules for packets to the endpoint, first match decides.") @Nullable List<Rule> ingress,
    @Doc("Rules for packets from the endpoint, first match decides.") @Nullable List<Rule> egress,
    @Doc("Labels that endpoints with this profile have unless they set them.")
        @Nullable Map<String, String> labelsToApply,
    Unknown unknown) {}
