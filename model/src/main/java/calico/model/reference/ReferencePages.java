package calico.model.reference;

import calico.model.resource.FelixConfigurationSpec;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** All reference pages, as Markdown. */
public final class ReferencePages {
  private ReferencePages() {}

  /** Writes the pages into the directory that is the argument. */
  public static void main(String[] args) throws IOException {
    if (args.length != 1) {
      throw new IllegalArgumentException("usage: ReferencePages DIRECTORY");
    }
    write(Path.of(args[0]));
  }

  /** Writes the pages into a directory. */
  public static void write(Path directory) throws IOException {
    Files.createDirectories(directory);
    for (Map.Entry<String, String> page : pages().entrySet()) {
      Files.writeString(directory.resolve(page.getKey()), page.getValue());
    }
  }

  /** The text of each page by its file's name. */
  public static Map<String, String> pages() {
    Map<String, String> out = new LinkedHashMap<>();
    StringBuilder index = new StringBuilder();
    index.append("# Reference\n\nWhat users write: objects of `").append(Kind.API_VERSION);
    index.append("`. These pages are generated from the declarations in the code.\n");
    index.append(
        "\nIn YAML plain `yes`, `no`, `on` and `off` are booleans, as `true` and `false` are; `y` and"
            + " `n` are strings, and not booleans as in upstream's calicoctl. Where a string must"
            + " stand, booleans and numbers become one: `1.10` is `1.1`, unless it is in quotes.\n");
    list("Kinds", Kinds.all(), index, out);
    list("What components keep for themselves", Kinds.internal(), index, out);
    index.append("\n## What components tell\n\n");
    index.append("- [Metrics and health](felix/monitoring.md) of Felix.\n");
    index.append("- [Behaviours](felix/behaviours.md) of Felix and the tests that show them.\n");
    index.append("- [The CNI plugin](cni/README.md): configuration, annotations, metrics.\n");
    index.append("- [BGP of a node](bgp/README.md): environment, files, and what FRR does.\n");
    out.put("README.md", index.toString());
    return out;
  }

  private static void list(
      String heading, List<Kind<?>> kinds, StringBuilder index, Map<String, String> out) {
    index.append("\n## ").append(heading).append("\n\n");
    for (Kind<?> kind : kinds) {
      String file = kind.name().toLowerCase(Locale.ROOT) + ".md";
      index.append("- [%s](%s): %s\n".formatted(kind, file, kind.doc()));
      String fields =
          kind.specType() == FelixConfigurationSpec.class
              ? FelixPage.fields()
              : new KindPage(kind).fields();
      out.put(file, KindPage.head(kind) + fields);
    }
  }
}
