package calico.ctl;

import calico.model.resource.Problem;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import calico.model.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the fields that no kind has. Resources keep such fields when components read and write
 * them, but in what a user wrote they are mistakes.
 */
final class UnknownFields {
  /** Fields that the data model has but the records of this version do not, by kind. */
  private static final Map<String, Set<String>> STORED_ONLY =
      Map.of(
          "Node",
          Set.of("spec.interfaces"),
          "BGPConfiguration",
          Set.of(
              "spec.nodeMeshPassword",
              "spec.nodeMeshMaxRestartTime",
              "spec.localWorkloadPeeringIPV4",
              "spec.localWorkloadPeeringIPV6",
              "spec.programClusterRoutes",
              "spec.ipv4NormalRoutePriority",
              "spec.ipv6NormalRoutePriority"),
          "BGPPeer",
          Set.of(
              "spec.localASNumber",
              "spec.nextHopMode",
              "spec.password",
              "spec.keepaliveTime",
              "spec.numAllowedLocalASNumbers",
              "spec.reachableBy",
              "spec.localWorkloadSelector",
              "spec.reversePeering"),
          "WorkloadEndpoint",
          Set.of("spec.qosControls", "spec.allowedIps"));

  /** Fields of Kubernetes' metadata that mean nothing here. */
  private static final Set<String> KUBERNETES_METADATA =
      Set.of(
          "finalizers",
          "generateName",
          "generation",
          "managedFields",
          "ownerReferences",
          "deletionTimestamp",
          "deletionGracePeriodSeconds",
          "selfLink");

  private final Set<String> storedOnly;
  private final List<Problem> problems = new ArrayList<>();

  private UnknownFields(Set<String> storedOnly) {
    this.storedOnly = storedOnly;
  }

  /** An error for each such field, and a warning for each that nothing acts on. */
  static List<Problem> of(Resource<?> resource) {
    UnknownFields found =
        new UnknownFields(STORED_ONLY.getOrDefault(resource.kind().name(), Set.of()));
    found.unknown(resource.unknown(), "");
    resource.metadata().unknown().fields().forEach(found::metadata);
    found.value(resource.spec(), "spec");
    return found.problems;
  }

  private void value(@Nullable Object value, String path) {
    if (value instanceof Unknown u) {
      unknown(u, path.substring(0, path.lastIndexOf('.')));
    } else if (value instanceof Record record) {
      for (Schema.Field field : Schema.of(record.getClass()).fields()) {
        value(field.get(record), path + "." + field.name());
      }
    } else if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        value(list.get(i), path + "[" + i + "]");
      }
    }
  }

  private void metadata(String name, @Nullable Object value) {
    if (!KUBERNETES_METADATA.contains(name)) {
      problems.add(unrecognized("metadata." + name, name, value));
    }
  }

  private void unknown(Unknown unknown, String parent) {
    unknown
        .fields()
        .forEach(
            (name, value) -> {
              String path = parent.isEmpty() ? name : parent + "." + name;
              problems.add(
                  storedOnly.contains(path)
                      ? Problem.warning(path, value, "stored, but this version does not act on it")
                      : unrecognized(path, name, value));
            });
  }

  private static Problem unrecognized(String path, String name, @Nullable Object value) {
    return Problem.error(
        path, value, "field in document is not recognized or is in the wrong location: " + name);
  }
}
