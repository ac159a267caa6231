package calico.model.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.config.FelixParameters;
import calico.model.config.Parameter;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code -Dgolden.write=true} writes the pages anew. */
class ReferencePagesTest {
  private static final Path DIRECTORY = Path.of("..", "docs", "reference");

  @Test
  void thePagesThatAreKeptAreWhatTheDeclarationsSay() throws IOException {
    if (Boolean.getBoolean("golden.write")) {
      ReferencePages.write(DIRECTORY);
    }
    Map<String, String> kept = new TreeMap<>();
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      // What is in folders is not about objects, and tested by the components that it is about.
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        kept.put(file.getFileName().toString(), Files.readString(file));
      }
    }
    Map<String, String> pages = new TreeMap<>(ReferencePages.pages());
    assertEquals(pages.keySet(), kept.keySet());
    pages.forEach(
        (name, text) ->
            assertEquals(text, kept.get(name), name + ": run with -Dgolden.write=true"));
  }

  @Test
  void everyFieldHasAMeaning() {
    ReferencePages.pages()
        .forEach(
            (name, text) ->
                text.lines().forEach(l -> assertTrue(!l.endsWith("|  |"), name + ": " + l)));
  }

  @Test
  void everyKindAndParameterHasItsPlace() {
    Map<String, String> pages = ReferencePages.pages();
    assertEquals(Kinds.all().size() + Kinds.internal().size() + 1, pages.size());
    for (Kind<?> kind : Kinds.all()) {
      String page = pages.get(kind.name().toLowerCase(Locale.ROOT) + ".md");
      assertTrue(page != null && page.contains(kind.doc()), kind.name());
    }
    String felix = String.valueOf(pages.get("felixconfiguration.md"));
    for (Parameter<?> parameter : FelixParameters.all()) {
      assertTrue(felix.contains("`" + parameter.name() + "`"), parameter.name());
    }
    assertTrue(felix.contains("| 1m30s".replace("| ", "`")), felix);
    assertTrue(felix.contains("`kube-ipvs0`") && felix.contains("`0xffff0000`"), felix);
  }
}
