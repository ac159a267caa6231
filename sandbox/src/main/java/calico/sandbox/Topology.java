package calico.sandbox;

import calico.model.json.Yaml;
import calico.model.json.YamlDocument;
import calico.model.resource.DecodeException;
import calico.model.resource.ResourceCodec;
import calico.model.resource.Unknown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The workloads of a sandbox and where they run.
 *
 * @param nodes number of nodes, at least 1
 */
public record Topology(int nodes, List<WorkloadSpec> workloads) {
  private static final List<String> ROLES = List.of("web", "web", "api", "api", "db", "guest");

  /**
   * One workload.
   *
   * @param node 1-based number of its node
   */
  public record WorkloadSpec(String name, String namespace, Map<String, String> labels, int node) {}

  /** Web, api, db and guest workloads, spread over the nodes. */
  public static Topology standard(int nodes, int workloads) {
    List<WorkloadSpec> specs = new ArrayList<>();
    for (int i = 0; i < workloads; i++) {
      String role = ROLES.get(i % ROLES.size());
      long number =
          IntStream.range(0, i).filter(j -> ROLES.get(j % ROLES.size()).equals(role)).count() + 1;
      specs.add(
          new WorkloadSpec(role + "-" + number, "default", Map.of("app", role), i % nodes + 1));
    }
    return new Topology(nodes, specs);
  }

  /**
   * Reads a topology file: {@code workloads: [{name: web-1, namespace: shop, labels: {app: web},
   * node: 1}, ...]}; namespace, labels and node may be left out.
   *
   * @throws IllegalArgumentException naming file, line, field and reason
   */
  public static Topology read(Path file, int nodes) throws IOException {
    List<YamlDocument> documents = Yaml.parse(Files.readString(file));
    if (documents.size() != 1) {
      throw new IllegalArgumentException(
          file + ": expected one YAML document, found " + documents.size());
    }
    YamlDocument document = documents.getFirst();
    FileShape shape;
    try {
      shape = ResourceCodec.decodeRecord(FileShape.class, document.tree());
    } catch (DecodeException e) {
      throw bad(file, document, e.fieldPath(), e.reason());
    }
    List<WorkloadSpec> specs = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < shape.workloads().size(); i++) {
      WorkloadShape w = shape.workloads().get(i);
      String at = "workloads[" + i + "]";
      int node = w.node() == null ? i % nodes + 1 : w.node();
      if (!w.name().matches("[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?")) {
        throw bad(
            file,
            document,
            at + ".name",
            "'" + w.name() + "' is not a name of a-z, 0-9, - (at most 32)");
      }
      if (!names.add(w.name())) {
        throw bad(file, document, at + ".name", "'" + w.name() + "' is used twice");
      }
      if (node < 1 || node > nodes) {
        throw bad(file, document, at + ".node", node + " is not 1 to " + nodes + " (see --nodes)");
      }
      for (String field : w.unknown().fields().keySet()) {
        throw bad(file, document, at + "." + field, "unknown field");
      }
      specs.add(
          new WorkloadSpec(
              w.name(),
              w.namespace() == null ? "default" : w.namespace(),
              w.labels() == null ? Map.of() : w.labels(),
              node));
    }
    if (specs.isEmpty()) {
      throw bad(file, document, "workloads", "a sandbox needs at least one workload");
    }
    return new Topology(nodes, specs);
  }

  /** The workload of that name, which must be there. */
  public WorkloadSpec workload(String name) {
    return workloads.stream()
        .filter(w -> w.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no workload " + name));
  }

  /** Namespaces of all workloads. */
  public Set<String> namespaces() {
    Set<String> all = new java.util.TreeSet<>();
    workloads.forEach(w -> all.add(w.namespace()));
    return all;
  }

  private static IllegalArgumentException bad(
      Path file, YamlDocument document, String field, String reason) {
    return new IllegalArgumentException(
        file + ":" + document.lineOf(field) + ": " + field + ": " + reason);
  }

  /** The file. */
  public record FileShape(List<WorkloadShape> workloads, Unknown unknown) {}

  /** One entry of the file. */
  public record WorkloadShape(
      String name,
      @Nullable String namespace,
      @Nullable Map<String, String> labels,
      @Nullable Integer node,
      Unknown unknown) {}
}
