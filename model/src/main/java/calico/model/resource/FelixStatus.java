package calico.model.resource;

import calico.model.schema.Name;
import calico.model.schema.Required;

/**
 * What Felix reports of itself.
 *
 * @param time RFC 3339, UTC
 * @param uptime seconds since Felix started
 * @param firstUpdate whether this is the first report since it started
 */
public record FelixStatus(
    @Required String time, double uptime, @Name("first_update") boolean firstUpdate) {}
