package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.KeepEmpty;
import calico.model.schema.Required;
import java.util.Map;

/** The addresses of one owner, where IPAM's data are resources: in Kubernetes. */
public record IpamHandleSpec(
    @Doc("What identifies the owner.") @Required String handleID,
    @Doc("How many addresses it has in each block.") @KeepEmpty @Required
        Map<String, Integer> block,
    @Doc("Set just before the object is deleted, so that a delete can meet a conflict.")
        boolean deleted,
    Unknown unknown) {}
