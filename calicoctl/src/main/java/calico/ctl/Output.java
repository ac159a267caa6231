package calico.ctl;

import calico.model.json.Json;
import calico.model.json.Yaml;
import calico.model.resource.Kind;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The forms in which {@code get} prints what it found. */
sealed interface Output {

  /**
   * What one question found.
   *
   * @param revision of the listing; null for a single resource that was asked for by name
   */
  record Group(Kind<?> kind, List<Resource<?>> resources, @Nullable String revision) {
    static Group single(Resource<?> resource) {
      return new Group(resource.kind(), List.of(resource), null);
    }

    /** A resource, or a list of the kind. */
    private Map<String, @Nullable Object> tree() {
      List<Object> items = new ArrayList<>();
      resources.forEach(r -> items.add(ResourceCodec.encode(r)));
      if (revision == null) {
        return ResourceCodec.encode(resources.getFirst());
      }
      Map<String, @Nullable Object> list = new LinkedHashMap<>();
      list.put("kind", kind.name() + "List");
      list.put("apiVersion", Kind.API_VERSION);
      list.put("metadata", Map.of("resourceVersion", revision));
      list.put("items", items);
      return list;
    }
  }

  /**
   * The text.
   *
   * @param clusterAs the cluster's AS number, read only if a column needs it
   */
  String print(List<Group> found, Supplier<String> clusterAs);

  /**
   * The format of {@code -o}.
   *
   * @throws CommandException for an unknown one
   */
  static Output parse(String format, boolean withNamespace) {
    String custom = "custom-columns=";
    if (format.startsWith(custom) && format.length() > custom.length()) {
      return new Tables(
          Arrays.asList(format.substring(custom.length()).split(",")), false, withNamespace);
    }
    int equals = format.indexOf('=');
    String argument = format.substring(equals + 1);
    switch (equals < 0 ? format : format.substring(0, equals)) {
      case "jsonpath" -> {
        return new JsonPathText(JsonPath.parse(template(format, argument)));
      }
      case "jsonpath-file" -> {
        return new JsonPathText(JsonPath.parse(file(template(format, argument))));
      }
      case "go-template", "go-template-file" ->
          throw new CommandException(
              "output format '%s': Go templates are not supported; use jsonpath=... or custom-columns=..."
                  .formatted(format));
      default -> {}
    }
    return switch (format) {
      case "ps" -> new Tables(null, false, withNamespace);
      case "wide" -> new Tables(null, true, withNamespace);
      case "yaml", "yml" -> new YamlText();
      case "json" -> new JsonText();
      default ->
          throw new CommandException(
              "unrecognized output format '%s': choose from ps, wide, yaml, json, custom-columns=..., jsonpath=..., jsonpath-file=..."
                  .formatted(format));
    };
  }

  private static String template(String format, String argument) {
    if (argument.isEmpty() || !format.contains("=")) {
      throw new CommandException(
          "output format '%s': a template is expected, such as jsonpath={.metadata.name}"
              .formatted(format));
    }
    return argument;
  }

  private static String file(String path) {
    try {
      return Files.readString(Path.of(path));
    } catch (IOException e) {
      throw new CommandException("cannot read the template %s: %s".formatted(path, e));
    }
  }

  /** What a template takes out of the JSON; of more than one answer, out of a list of them. */
  record JsonPathText(JsonPath template) implements Output {
    @Override
    public String print(List<Group> found, Supplier<String> clusterAs) {
      if (found.isEmpty()) {
        return "";
      }
      Object tree = tree(found);
      return template.print(tree instanceof List<?> items ? Map.of("items", items) : tree);
    }
  }

  /** YAML with sorted keys. */
  record YamlText() implements Output {
    @Override
    public String print(List<Group> found, Supplier<String> clusterAs) {
      return found.isEmpty() ? "" : Yaml.print(tree(found));
    }
  }

  /** JSON, indented by two blanks. */
  record JsonText() implements Output {
    @Override
    public String print(List<Group> found, Supplier<String> clusterAs) {
      return found.isEmpty() ? "" : Json.printPretty(tree(found)) + "\n";
    }
  }

  /**
   * A table per list; resources of one kind that were asked for by name share one.
   *
   * @param headings null for those of the kind
   */
  record Tables(@Nullable List<String> headings, boolean wide, boolean withNamespace)
      implements Output {
    @Override
    public String print(List<Group> found, Supplier<String> clusterAs) {
      StringBuilder out = new StringBuilder();
      for (int i = 0; i < found.size(); i++) {
        Group group = found.get(i);
        List<Resource<?>> resources = new ArrayList<>(group.resources());
        while (group.revision() == null
            && i + 1 < found.size()
            && found.get(i + 1).revision() == null
            && found.get(i + 1).kind().equals(group.kind())) {
          resources.addAll(found.get(++i).resources());
        }
        out.append(table(group.kind(), resources, clusterAs)).append('\n');
      }
      return out.toString();
    }

    private String table(Kind<?> kind, List<Resource<?>> resources, Supplier<String> clusterAs) {
      Columns<?> columns = Columns.of(kind);
      List<String> shown = new ArrayList<>();
      if (headings == null) {
        shown.addAll(columns.headings(wide, withNamespace));
      } else {
        if (withNamespace && kind.namespaced()) {
          shown.add("NAMESPACE");
        }
        columns.require(headings);
        shown.addAll(headings);
      }
      List<List<String>> rows = new ArrayList<>();
      for (Resource<?> resource : resources) {
        rows.add(shown.stream().map(h -> columns.cell(resource, h, clusterAs)).toList());
      }
      return new TextTable(shown, rows).aligned();
    }
  }

  private static Object tree(List<Group> found) {
    return found.size() == 1 ? found.getFirst().tree() : found.stream().map(Group::tree).toList();
  }
}
