package calico.felix.calc;

import static java.util.Objects.requireNonNullElse;

import calico.model.resource.ProfileSpec;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The profiles of the cluster, of which a node needs few. */
final class Profiles {
  private final Map<String, ProfileSpec> all = new HashMap<>();

  /** A profile; null if it is gone. */
  void put(String name, @Nullable ProfileSpec profile) {
    if (profile == null) {
      all.remove(name);
    } else {
      all.put(name, compact(profile));
    }
  }

  /** Each namespace of the cluster has one: its labels in a map that takes little memory. */
  private static ProfileSpec compact(ProfileSpec profile) {
    Map<String, String> labels = profile.labelsToApply();
    return labels == null
        ? profile
        : new ProfileSpec(
            profile.ingress(), profile.egress(), Map.copyOf(labels), profile.unknown());
  }

  @Nullable ProfileSpec get(String name) {
    return all.get(name);
  }

  /** What endpoints inherit from a profile: nothing from one that does not exist. */
  Map<String, String> labels(String name) {
    ProfileSpec profile = all.get(name);
    return profile == null
        ? Map.of()
        : requireNonNullElse(profile.labelsToApply(), Map.<String, String>of());
  }

  int size() {
    return all.size();
  }
}
