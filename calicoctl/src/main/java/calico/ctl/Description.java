package calico.ctl;

import calico.model.json.Yaml;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The text of {@code calicoctl describe}. */
final class Description {
  private Description() {}

  /**
   * What has to do with a resource.
   *
   * @param lines of which those that there is no room for are counted in the title
   */
  record Section(String title, List<String> lines) {}

  /** The resource, then the sections; each ends with a line feed. */
  static String of(Resource<?> resource, List<Section> sections) {
    Metadata m = resource.metadata();
    StringBuilder out = new StringBuilder();
    field("Name", m.name(), out);
    field("Namespace", m.namespace(), out);
    field("Kind", resource.kind().name(), out);
    pairs("Labels", m.labels(), out);
    pairs("Annotations", m.annotations(), out);
    field("Created", m.creationTimestamp(), out);
    field("UID", m.uid(), out);
    field("Version", m.resourceVersion(), out);
    Map<String, @Nullable Object> tree = ResourceCodec.encode(resource);
    block("Spec", tree.get("spec"), out);
    block("Status", tree.get("status"), out);
    for (Section section : sections) {
      out.append(section.title()).append(section.lines().isEmpty() ? "" : ":").append('\n');
      section.lines().forEach(line -> out.append("  ").append(line).append('\n'));
    }
    return out.toString();
  }

  private static void field(String name, @Nullable String value, StringBuilder out) {
    if (value != null) {
      out.append("%-13s%s%n".formatted(name + ":", value));
    }
  }

  private static void pairs(String name, Map<String, String> pairs, StringBuilder out) {
    List<String> texts = new ArrayList<>();
    new TreeMap<>(pairs).forEach((k, v) -> texts.add(k + "=" + v));
    field(name, texts.isEmpty() ? "<none>" : texts.getFirst(), out);
    texts.stream().skip(1).forEach(t -> out.append(" ".repeat(13)).append(t).append('\n'));
  }

  private static void block(String name, @Nullable Object tree, StringBuilder out) {
    if (tree instanceof Map<?, ?> map && !map.isEmpty()) {
      out.append(name).append(":\n");
      Yaml.print(map).lines().forEach(line -> out.append("  ").append(line).append('\n'));
    }
  }
}
