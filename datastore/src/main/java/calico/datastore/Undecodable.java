package calico.datastore;

import calico.model.key.Key;
import calico.model.resource.DecodeException;
import calico.model.resource.Problem;

/**
 * A value that is no object of its key's type, so that nobody can have it: written past what checks
 * values, or by a later version.
 *
 * @param problem the field that is at fault, what stands there and why it cannot be
 */
public record Undecodable<V>(Key<V> key, Problem problem, Revision revision) {

  /**
   * @param e why it cannot be decoded
   */
  public static <V> Undecodable<V> of(Key<V> key, RuntimeException e, Revision revision) {
    Problem problem =
        e instanceof DecodeException known
            ? known.problem()
            : Problem.error("object", null, String.valueOf(e.getMessage()));
    return new Undecodable<>(key, problem, revision);
  }
}
