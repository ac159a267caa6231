package calico.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The page of Felix's behaviours names tests that exist and are run. */
class BehavioursTest {
  private static final Path PAGE = Checkout.ROOT.resolve("docs/reference/felix/behaviours.md");
  private static final Pattern NAMED = Pattern.compile("`(\\w+Test)#(\\w+)`");

  /** An annotation that makes a method a test, and the next line of code at its depth. */
  private static final Pattern TEST =
      Pattern.compile(
          "\\n  @(?:Test|ParameterizedTest|RepeatedTest)\\b(?:(?!\\n  \\w).)*\\n  void (\\w+)\\(",
          Pattern.DOTALL);

  private static Set<String> tests(String source) {
    return TEST.matcher(source).results().map(m -> m.group(1)).collect(Collectors.toSet());
  }

  @Test
  void eachIsShownByATestThatExists() throws IOException {
    Map<String, Path> tests =
        Checkout.sources("test").stream()
            .filter(file -> file.toString().endsWith("Test.java"))
            .collect(
                Collectors.toMap(
                    file -> file.getFileName().toString().replace(".java", ""),
                    Function.identity(),
                    (a, _) -> a));
    List<String> missing = new ArrayList<>();
    for (String row : Files.readAllLines(PAGE)) {
      Matcher named = NAMED.matcher(row);
      boolean any = false;
      while (named.find()) {
        any = true;
        Path file = tests.get(named.group(1));
        if (file == null || !tests(Files.readString(file)).contains(named.group(2))) {
          missing.add(named.group());
        }
      }
      boolean isBehaviour = row.startsWith("| ") && !row.startsWith("| Behaviour |");
      assertTrue(any || !isBehaviour, row);
    }
    assertEquals(List.of(), missing);
  }
}
