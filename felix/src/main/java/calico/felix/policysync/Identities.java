package calico.felix.policysync;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The cluster's namespaces and service accounts, with the labels that their profiles give. */
final class Identities {
  private final Map<Identity, Map<String, String>> labels = new HashMap<>();

  /**
   * Records a profile's labels.
   *
   * @param labels as endpoints inherit them; null if the profile is gone
   * @return whether it was there before
   */
  boolean put(Identity identity, @Nullable Map<String, String> labels) {
    return (labels == null ? this.labels.remove(identity) : this.labels.put(identity, labels))
        != null;
  }

  /** The labels as endpoints inherit them; null if there is no such identity. */
  @Nullable Map<String, String> labels(Identity identity) {
    return labels.get(identity);
  }

  Set<Identity> all() {
    return labels.keySet();
  }
}
