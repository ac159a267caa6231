package calico.model.resource;

/**
 * What Felix reports of itself.
 *
 * @param time RFC 3339, UTC
 * @param uptime seconds since Felix started
 * @param firstUpdate whether this is the first report since it started
 */
public record FelixStatus(String time, double uptime, boolean firstUpdate) {}
