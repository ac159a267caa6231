package calico.ctl;

import calico.model.json.Yaml;
import calico.model.json.YamlDocument;
import calico.model.json.YamlException;
import calico.model.resource.DecodeException;
import calico.model.resource.Defaults;
import calico.model.resource.Kind;
import calico.model.resource.Metadata;
import calico.model.resource.Problem;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.Unknown;
import calico.model.resource.Validator;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads resources from files: text, then trees, then resources with defaults, then validation. All
 * of the input is read before any of it is used, so that one mistake in it changes nothing.
 */
final class ResourceFiles {
  private static final String STANDARD_INPUT = "-";
  private static final List<String> EXTENSIONS = List.of(".yaml", ".yml", ".json");

  /** Far more than a cluster has; keeps devices and dumps from filling the memory. */
  private static final int MAX_BYTES = 64 << 20;

  /** Fields of Kubernetes' metadata that nothing here acts on. */
  private static final Set<String> KUBERNETES_METADATA =
      Set.of(
          "deletionGracePeriodSeconds",
          "deletionTimestamp",
          "finalizers",
          "generateName",
          "generation",
          "managedFields",
          "ownerReferences",
          "selfLink");

  /** How far to go with each resource. */
  enum Check {
    /** To delete or to get it: its kind and name are enough. */
    NAME,
    /** To write it. */
    ALL
  }

  private final FileOptions options;
  private final Check check;
  private final InputStream stdin;
  private final PrintStream warnings;
  private final List<Input> inputs = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  private ResourceFiles(FileOptions options, Check check, InputStream stdin, PrintStream warnings) {
    this.options = options;
    this.check = check;
    this.stdin = stdin;
    this.warnings = warnings;
  }

  /**
   * The resources in a file, a directory or the standard input, in the order of their text.
   *
   * @param filename a path, or "-"
   * @param warnings receives what is doubtful but not wrong
   * @throws InputException with every problem, if there is any
   */
  static List<Input> read(
      String filename, FileOptions options, Check check, InputStream stdin, PrintStream warnings) {
    ResourceFiles files = new ResourceFiles(options, check, stdin, warnings);
    try {
      files.readAll(filename);
    } catch (IOException e) {
      files.problems.add(filename + ": cannot be read: " + e);
    }
    if (!files.problems.isEmpty()) {
      throw new InputException(files.problems);
    }
    return files.inputs;
  }

  private void readAll(String filename) throws IOException {
    if (filename.equals(STANDARD_INPUT)) {
      read("standard input", stdin);
      return;
    }
    Path path = Path.of(filename);
    if (!Files.isDirectory(path)) {
      readFile(path);
      return;
    }
    List<Path> files;
    try (Stream<Path> found = Files.walk(path, options.recursive ? Integer.MAX_VALUE : 1)) {
      files =
          found
              .filter(f -> EXTENSIONS.stream().anyMatch(f.toString()::endsWith))
              .filter(Files::isRegularFile)
              .sorted()
              .toList();
    }
    for (Path file : files) {
      readFile(file);
    }
    if (files.isEmpty() && !options.skipEmpty) {
      problems.add(filename + ": no resources specified: no file here ends in " + EXTENSIONS);
    }
  }

  private void readFile(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      read(file.toString(), in);
    }
  }

  private void read(String file, InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      problems.add(file + ": is larger than " + (MAX_BYTES >> 20) + " MiB; split it");
      return;
    }
    try {
      readText(file, StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      problems.add(file + ": is not UTF-8 text");
    } catch (StackOverflowError e) {
      problems.add(file + ": is nested too deeply");
    }
  }

  private void readText(String file, String text) {
    int before = inputs.size() + problems.size();
    try {
      for (YamlDocument document : Yaml.parse(text)) {
        readTree(file, document, "", document.tree());
      }
    } catch (YamlException e) {
      problems.add(file + ":" + e.line() + ": " + e.getMessage());
    }
    if (inputs.size() + problems.size() == before && !options.skipEmpty) {
      problems.add(file + ": no resources specified");
    }
  }

  private void readTree(String file, YamlDocument document, String path, @Nullable Object tree) {
    if (tree instanceof List<?> list) {
      readItems(file, document, path, list);
    } else if (tree instanceof Map<?, ?> map
        && map.get("kind") instanceof String kind
        && kind.endsWith("List")) {
      if (map.get("items") instanceof List<?> items) {
        readItems(file, document, path.isEmpty() ? "items" : path + ".items", items);
      } else {
        problems.add(
            Input.where(file, document, path, "items") + ": " + kind + ": items: expected a list");
      }
    } else {
      readResource(file, document, path, tree);
    }
  }

  private void readItems(String file, YamlDocument document, String path, List<?> items) {
    for (int i = 0; i < items.size(); i++) {
      readTree(file, document, path + "[" + i + "]", items.get(i));
    }
  }

  private void readResource(
      String file, YamlDocument document, String path, @Nullable Object tree) {
    try {
      Resource<?> decoded = ResourceCodec.decode(tree);
      Resource<?> resource = complete(decoded);
      inputs.add(new Input(resource, file, document, path));
      for (Problem p : check(resource)) {
        String text =
            Input.where(file, document, path, p.fieldPath())
                + ": "
                + describe(resource.kind().name(), resource.metadata())
                + ": "
                + p;
        switch (p.severity()) {
          case ERROR -> problems.add(text);
          case WARNING -> warnings.println("Warning: " + text);
        }
      }
    } catch (DecodeException e) {
      problems.add(
          Input.where(file, document, path, e.fieldPath())
              + ": "
              + describe(tree)
              + e.getMessage()
              + suggestion(tree, e));
    } catch (CommandException e) {
      problems.add(
          Input.where(file, document, path, "metadata.namespace")
              + ": "
              + describe(tree)
              + e.getMessage());
    }
  }

  private static String suggestion(@Nullable Object tree, DecodeException e) {
    if (e.fieldPath().equals("kind")) {
      return DidYouMean.kind(e.value());
    }
    return e.value() == null ? DidYouMean.instead(tree, e.fieldPath()) : "";
  }

  private List<Problem> check(Resource<?> resource) {
    return switch (check) {
      case ALL -> problems(resource);
      case NAME ->
          resource.metadata().name().isEmpty()
              ? List.of(Problem.error("metadata.name", null, "the field is required"))
              : List.of();
    };
  }

  /** What is wrong or doubtful about a resource that a user wants written. */
  static List<Problem> problems(Resource<?> resource) {
    return Stream.concat(metadata(resource), Validator.validate(resource).stream())
        .map(p -> strict(resource.kind(), p))
        .toList();
  }

  private static Stream<Problem> metadata(Resource<?> resource) {
    return resource.metadata().unknown().fields().entrySet().stream()
        .filter(e -> !KUBERNETES_METADATA.contains(e.getKey()))
        .map(e -> Problem.warning("metadata." + e.getKey(), e.getValue(), Validator.UNKNOWN_FIELD));
  }

  /**
   * Components keep unknown fields when they read and write resources, but in what a user wrote
   * they are mistakes.
   */
  private static Problem strict(Kind<?> kind, Problem p) {
    return p.reason().equals(Validator.UNKNOWN_FIELD)
        ? Problem.error(
            p.fieldPath(),
            p.value(),
            "field in document is not recognized or is in the wrong location: "
                + p.fieldPath().substring(p.fieldPath().lastIndexOf('.') + 1)
                + DidYouMean.field(kind, p.fieldPath()))
        : p;
  }

  /** With its namespace, and to be written with the defaults of its kind. */
  private <S> Resource<S> complete(Resource<S> resource) {
    Metadata m = resource.metadata();
    String namespace = Namespaces.of(resource.kind(), m.namespace(), options.namespace);
    Resource<S> placed =
        resource.withMetadata(
            new Metadata(
                m.name(),
                namespace,
                m.labels(),
                m.annotations(),
                m.uid(),
                m.creationTimestamp(),
                m.resourceVersion(),
                written(m.unknown())));
    return switch (check) {
      case NAME -> placed;
      case ALL -> Defaults.apply(placed);
    };
  }

  /** As upstream, which stores nothing that only Kubernetes knows. */
  private static Unknown written(Unknown metadata) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>(metadata.fields());
    out.keySet().removeAll(KUBERNETES_METADATA);
    return new Unknown(out);
  }

  private static String describe(String kind, Metadata m) {
    String namespace = m.namespace();
    return kind + "(" + (namespace == null ? "" : namespace + "/") + m.name() + ")";
  }

  /** As far as a tree that is no resource says what it is. */
  private static String describe(@Nullable Object tree) {
    if (!(tree instanceof Map<?, ?> map) || !(map.get("kind") instanceof String kind)) {
      return "";
    }
    Object name = map.get("metadata") instanceof Map<?, ?> m ? m.get("name") : null;
    return kind + "(" + (name == null ? "" : name) + "): ";
  }
}
