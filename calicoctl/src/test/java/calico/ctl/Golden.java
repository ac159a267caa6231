package calico.ctl;

import calico.model.json.Json;
import calico.model.json.Yaml;
import calico.model.json.YamlDocument;
import calico.model.resource.Kinds;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What upstream's calicoctl was given, printed and stored. */
final class Golden {
  private Golden() {}

  static String text(String name) {
    try (InputStream in = Golden.class.getResourceAsStream("/golden/" + name)) {
      if (in == null) {
        throw new IllegalArgumentException("no such file: golden/" + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The resources of the kinds that the model has, as JSON documents. */
  static List<String> resources() {
    List<String> out = new ArrayList<>();
    for (YamlDocument document : Yaml.parse(text("resources.yaml"))) {
      if (supported(String.valueOf(object(document.tree()).get("kind")))) {
        out.add(Json.print(document.tree()));
      }
    }
    return out;
  }

  static boolean supported(String kind) {
    return Kinds.all().stream().anyMatch(k -> k.name().equals(kind));
  }

  /** What is stored afterwards, by key, without what differs from run to run. */
  static Map<String, String> stored() {
    Map<String, String> out = new TreeMap<>();
    for (String line : text("etcd-after-apply.jsonl").lines().toList()) {
      Map<?, ?> entry = object(Json.parse(line));
      Map<?, ?> value = object(entry.get("value"));
      if (supported(String.valueOf(value.get("kind")))) {
        out.put(String.valueOf(entry.get("key")), comparable(Json.print(value)));
      }
    }
    return out;
  }

  /**
   * Without uid, creationTimestamp and clusterGUID, which differ from run to run, and with sorted
   * keys.
   */
  static String comparable(String json) {
    Map<String, @Nullable Object> value = copy(Json.parse(json));
    Map<String, @Nullable Object> metadata = copy(value.get("metadata"));
    metadata.remove("uid");
    metadata.remove("creationTimestamp");
    value.put("metadata", metadata);
    if ("ClusterInformation".equals(value.get("kind"))) {
      Map<String, @Nullable Object> spec = copy(value.get("spec"));
      spec.remove("clusterGUID");
      value.put("spec", spec);
    }
    return Yaml.print(value);
  }

  /** A tree that must be an object. */
  static Map<?, ?> object(@Nullable Object tree) {
    if (tree instanceof Map<?, ?> map) {
      return map;
    }
    throw new AssertionError("not an object: " + tree);
  }

  private static Map<String, @Nullable Object> copy(@Nullable Object tree) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    object(tree).forEach((k, v) -> out.put(String.valueOf(k), v));
    return out;
  }

  /** What each command printed, by its arguments. */
  static Map<String, String> outputs() {
    Map<String, String> out = new LinkedHashMap<>();
    for (String part : text("calicoctl-output.txt").split("(?m)^\\$ calicoctl ")) {
      if (!part.isEmpty()) {
        int end = part.indexOf('\n');
        out.put(part.substring(0, end).strip(), part.substring(end + 1));
      }
    }
    return out;
  }

  static String withoutWarnings(String err) {
    return err.lines().filter(l -> !l.startsWith("Warning: ")).collect(Collectors.joining("\n"));
  }

  /** Lines without uid, creationTimestamp, resourceVersion and clusterGUID values. */
  static String stable(String output) {
    return output
        .lines()
        .map(l -> l.replaceAll("(uid|creationTimestamp|resourceVersion): .*", "$1: ?"))
        .map(l -> l.replaceAll("\\b[0-9a-f]{32}\\b", "GUID"))
        .collect(Collectors.joining("\n"))
        .strip();
  }
}
