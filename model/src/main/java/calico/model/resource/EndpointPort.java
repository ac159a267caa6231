package calico.model.resource;

import org.jspecify.annotations.Nullable;

/** A port of an endpoint that rules can name. */
public record EndpointPort(
    @Nullable String name,
    Protocol protocol,
    int port,
    @Nullable Integer hostPort,
    @Nullable String hostIP,
    Unknown unknown) {}
