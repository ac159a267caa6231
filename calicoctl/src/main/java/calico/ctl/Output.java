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
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The forms in which {@code get} prints what it found. */
sealed interface Output permits Output.JsonPathText, Output.JsonText, Output.YamlText, Tables {

  /**
   * The text of resources that were asked for by name.
   *
   * @param clusterAs the cluster's AS number, read only if a column needs it
   */
  String print(List<Resource<?>> found, Supplier<String> clusterAs);

  /** Prints all resources of a kind, or of a namespace, as a list. */
  Pages list(Kind<?> kind, Consumer<String> out, Supplier<String> clusterAs);

  /** Prints resources of a kind as they change; there is no end. */
  Pages stream(Kind<?> kind, Consumer<String> out, Supplier<String> clusterAs);

  /** Takes resources as they are read, so that they need not all be in memory. */
  interface Pages {
    /**
     * Prints some more.
     *
     * @param revision of the whole list
     */
    void page(List<? extends Resource<?>> resources, String revision);

    /** Prints what follows the last one; at least one page must have come before. */
    void end();
  }

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
    public String print(List<Resource<?>> found, Supplier<String> clusterAs) {
      if (found.isEmpty()) {
        return "";
      }
      Object tree = tree(found);
      return template.print(tree instanceof List<?> items ? Map.of("items", items) : tree);
    }

    @Override
    public Pages list(Kind<?> kind, Consumer<String> out, Supplier<String> clusterAs) {
      JsonPath.OfItems items = template.ofItems();
      return items == null
          ? new Collected(kind, tree -> out.accept(template.print(tree)))
          : new Items(items, out);
    }

    @Override
    public Pages stream(Kind<?> kind, Consumer<String> out, Supplier<String> clusterAs) {
      return new Each(r -> template.print(ResourceCodec.encode(r)), out);
    }
  }

  /** YAML with sorted keys. */
  record YamlText() implements Output {
    @Override
    public String print(List<Resource<?>> found, Supplier<String> clusterAs) {
      return found.isEmpty() ? "" : Yaml.print(tree(found));
    }

    @Override
    public Pages list(Kind<?> kind, Consumer<String> out, Supplier<String> clusterAs) {
      return new YamlList(kind, out);
    }

    @Override
    public Pages stream(Kind<?> kind, Consumer<String> out, Supplier<String> clusterAs) {
      return new Each(r -> "---\n" + Yaml.print(ResourceCodec.encode(r)), out);
    }
  }

  /** JSON, indented by two blanks. */
  record JsonText() implements Output {
    @Override
    public String print(List<Resource<?>> found, Supplier<String> clusterAs) {
      return found.isEmpty() ? "" : Json.printPretty(tree(found)) + "\n";
    }

    @Override
    public Pages list(Kind<?> kind, Consumer<String> out, Supplier<String> clusterAs) {
      return new JsonList(kind, out);
    }

    @Override
    public Pages stream(Kind<?> kind, Consumer<String> out, Supplier<String> clusterAs) {
      return new Each(r -> Json.printPretty(ResourceCodec.encode(r)) + "\n", out);
    }
  }

  private static Object tree(List<Resource<?>> found) {
    List<Map<String, @Nullable Object>> trees = found.stream().map(ResourceCodec::encode).toList();
    return trees.size() == 1 ? trees.getFirst() : trees;
  }

  /** Each resource for itself. */
  record Each(Function<Resource<?>, String> text, Consumer<String> out) implements Pages {
    @Override
    public void page(List<? extends Resource<?>> resources, String revision) {
      resources.forEach(r -> out.accept(text.apply(r)));
    }

    @Override
    public void end() {}
  }

  /** Each element of a list, by one template. */
  record Items(JsonPath.OfItems template, Consumer<String> out) implements Pages {
    @Override
    public void page(List<? extends Resource<?>> resources, String revision) {
      resources.forEach(r -> out.accept(template.item(ResourceCodec.encode(r))));
    }

    @Override
    public void end() {
      out.accept(template.end());
    }
  }

  /** A list in YAML; of its keys, which are sorted, two come before the revision is needed. */
  final class YamlList implements Pages {
    private final Kind<?> kind;
    private final Consumer<String> out;
    private String revision = "";
    private boolean begun;

    YamlList(Kind<?> kind, Consumer<String> out) {
      this.kind = kind;
      this.out = out;
    }

    @Override
    public void page(List<? extends Resource<?>> resources, String ofList) {
      revision = ofList;
      StringBuilder text = new StringBuilder();
      if (!resources.isEmpty()) {
        text.append(begun ? "" : "apiVersion: " + Kind.API_VERSION + "\nitems:\n");
        begun = true;
        resources.forEach(r -> text.append(Yaml.print(List.of(ResourceCodec.encode(r)))));
      }
      out.accept(text.toString());
    }

    @Override
    public void end() {
      out.accept(
          (begun ? "" : "apiVersion: " + Kind.API_VERSION + "\nitems: []\n")
              + Yaml.print(
                  Map.of("kind", kind + "List", "metadata", Map.of("resourceVersion", revision))));
    }
  }

  /** A list in JSON. */
  final class JsonList implements Pages {
    private final Kind<?> kind;
    private final Consumer<String> out;
    private boolean begun;
    private boolean hasItems;

    JsonList(Kind<?> kind, Consumer<String> out) {
      this.kind = kind;
      this.out = out;
    }

    @Override
    public void page(List<? extends Resource<?>> resources, String revision) {
      StringBuilder text = new StringBuilder();
      if (!begun) {
        String empty = Json.printPretty(listTree(kind, List.of(), revision));
        text.append(empty, 0, empty.length() - "]\n}".length());
        begun = true;
      }
      for (Resource<?> resource : resources) {
        // A line feed in a string is escaped, so every one here begins a line.
        String item = Json.printPretty(ResourceCodec.encode(resource)).replace("\n", "\n    ");
        text.append(hasItems ? "," : "").append("\n    ").append(item);
        hasItems = true;
      }
      out.accept(text.toString());
    }

    @Override
    public void end() {
      out.accept(hasItems ? "\n  ]\n}\n" : "]\n}\n");
    }
  }

  /** The tree of the whole list, when it has been read. */
  final class Collected implements Pages {
    private final Kind<?> kind;
    private final Consumer<Map<String, @Nullable Object>> whole;
    private final List<Object> items = new ArrayList<>();
    private String revision = "";

    Collected(Kind<?> kind, Consumer<Map<String, @Nullable Object>> whole) {
      this.kind = kind;
      this.whole = whole;
    }

    @Override
    public void page(List<? extends Resource<?>> resources, String ofList) {
      revision = ofList;
      resources.forEach(r -> items.add(ResourceCodec.encode(r)));
    }

    @Override
    public void end() {
      whole.accept(listTree(kind, items, revision));
    }
  }

  private static Map<String, @Nullable Object> listTree(
      Kind<?> kind, List<Object> items, String revision) {
    Map<String, @Nullable Object> list = new LinkedHashMap<>();
    list.put("kind", kind + "List");
    list.put("apiVersion", Kind.API_VERSION);
    list.put("metadata", Map.of("resourceVersion", revision));
    list.put("items", items);
    return list;
  }
}
