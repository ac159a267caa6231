package calico.model.resource;

/**
 * What Felix reports of an endpoint.
 *
 * @param status "up", "down" or "error"
 */
public record EndpointStatus(String status) {}
