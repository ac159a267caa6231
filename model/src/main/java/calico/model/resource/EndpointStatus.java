package calico.model.resource;

import calico.model.schema.Required;

/**
 * What Felix reports of an endpoint.
 *
 * @param status "up", "down" or "error"
 */
public record EndpointStatus(@Required String status) {}
