package calico.model.resource;

import java.util.List;

/**
 * A kind of resource: its names, scope and the record type of its spec.
 *
 * @param name as in {@code kind:}, e.g. "IPPool"
 * @param plural as in datastore keys, e.g. "ippools"
 * @param shortNames further names that calicoctl accepts, lower case
 * @param specType record type of the spec
 * @param doc one sentence on what it is
 */
public record Kind<S>(
    String name,
    String plural,
    List<String> shortNames,
    boolean namespaced,
    Class<S> specType,
    String doc) {
  /** The API version of every kind here. */
  public static final String API_VERSION = "projectcalico.org/v3";

  /** By the name, as keys of maps ask often. */
  @Override
  public boolean equals(Object o) {
    return this == o || (o instanceof Kind<?> kind && name.equals(kind.name));
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }
}
