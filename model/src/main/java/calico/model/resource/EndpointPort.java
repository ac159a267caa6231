package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.IsIp;
import calico.model.schema.KeepEmpty;
import calico.model.schema.Matches;
import calico.model.schema.Range;
import calico.model.schema.Required;
import org.jspecify.annotations.Nullable;

/** A port of an endpoint that rules can name. */
public record EndpointPort(
    @Doc("The port's name.")
        @KeepEmpty
        @Matches(
            value = "(?=.{1,15}$)(?!.*--)(?=.*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?",
            expected = "a port's name: at most 15 of a-z, 0-9 and inner '-', with a letter")
        @Nullable String name,
    @Doc("TCP, UDP or SCTP.") @Required Protocol protocol,
    @Doc("The port.") @Range(min = 1, max = 65535) int port,
    @Doc("The port of the host that is mapped to it.") @Range(min = 0, max = 65535)
        @Nullable Integer hostPort,
    @Doc("The address of the host on which that is.") @KeepEmpty @IsIp @Nullable String hostIP,
    Unknown unknown) {}
