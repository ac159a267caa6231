package calico.confd;

import calico.model.key.ResourceKey;
import calico.model.resource.Problem;
import calico.model.resource.Severity;

/**
 * Something in a resource that BIRD is not told, wholly or in part.
 *
 * @param problem an error if the resource, or the field, is left out; a warning if it is not what
 *     its author can have meant
 */
public record Fault(ResourceKey<?> resource, Problem problem) {

  /** "refused" or "doubtful". */
  public String verdict() {
    return problem.severity() == Severity.ERROR ? "refused" : "doubtful";
  }

  /** {@code BGPPeer(far): spec.ttlSecurity = '300': expected ...}. */
  @Override
  public String toString() {
    return resource + ": " + problem;
  }
}
