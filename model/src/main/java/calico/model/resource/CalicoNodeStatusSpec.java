package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.IsName;
import calico.model.schema.OneOf;
import calico.model.schema.Range;
import calico.model.schema.Required;
import calico.model.schema.Unique;
import java.util.List;

/** A request for reports on a node; see {@link CalicoNodeStatusStatus}. */
public record CalicoNodeStatusSpec(
    @Doc("The node that reports.") @Required @IsName String node,
    @Doc("What it reports on.") @Required @OneOf({"Agent", "BGP", "Routes"}) @Unique(strict = true)
        List<String> classes,
    @Doc(
            "How often the report is renewed, in seconds; 0: only when the spec changes or the node"
                + " daemon starts.")
        @Required
        @Range(min = 0, max = 86400)
        Integer updatePeriodSeconds,
    Unknown unknown) {}
