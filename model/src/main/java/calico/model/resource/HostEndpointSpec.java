package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.Holds;
import calico.model.schema.IsIp;
import calico.model.schema.IsName;
import calico.model.schema.Matches;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An interface of a host, or all of them ({@code *}), that policy protects. */
@Holds(
    value = "has(self.node) && size(self.node) > 0",
    field = "node",
    otherwise = "the field is required")
@Holds(
    value =
        "(has(self.interfaceName) && size(self.interfaceName) > 0)"
            + " || (has(self.expectedIPs) && size(self.expectedIPs) > 0)",
    field = "interfaceName",
    otherwise = "interfaceName or expectedIPs is required")
public record HostEndpointSpec(
    @Doc("The node.") @IsName @Nullable String node,
    @Doc("The interface; * is all that no other host endpoint names; unset: by expectedIPs.")
        @Matches(value = "\\*|[a-zA-Z0-9_.-]{1,15}", expected = "an interface's name or *")
        @Nullable String interfaceName,
    @Doc("Addresses of the interface, for selectors, and to find it without its name.") @IsIp
        @Nullable List<String> expectedIPs,
    @Doc("Profiles that apply to the interface.") @IsName @Nullable List<String> profiles,
    @Doc("Ports that rules can name.") @Nullable List<EndpointPort> ports,
    Unknown unknown) {}
