package calico.model.resource;

import calico.model.schema.Required;
import org.jspecify.annotations.Nullable;

/**
 * What Felix reports of an endpoint.
 *
 * @param status "up", "down" or "error"
 * @param reason why it is not up; not in upstream's, whose readers ignore it
 */
public record EndpointStatus(@Required String status, @Nullable String reason) {

  /** A status that nobody gives a reason for. */
  public EndpointStatus(String status) {
    this(status, null);
  }
}
