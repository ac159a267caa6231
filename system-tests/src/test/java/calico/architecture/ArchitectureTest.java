package calico.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Enforces the table "Who may import whom" of ARCHITECTURE.md on the compiled classes. */
class ArchitectureTest {
  private static final Pattern ROW =
      Pattern.compile("^\\| `(calico\\.[a-z.]+)` \\|(.*)\\|$", Pattern.MULTILINE);
  private static final Pattern NAME = Pattern.compile("`(calico\\.[a-z.]+)`");

  /** What works on a change on its way to the kernel. */
  private static final List<String> HOT =
      List.of("calico.model", "calico.reconcile", "calico.netlink", "calico.felix");

  /** Package row -> packages that it may import. */
  private final Map<String, List<String>> table = readTable();

  @Test
  void everyImportIsAllowed() {
    TreeSet<String> violations = new TreeSet<>();
    for (JavaClass from : classes()) {
      Optional<String> row = rowOf(from.getPackageName());
      if (row.isEmpty()) {
        violations.add(from.getPackageName() + " has no row in ARCHITECTURE.md");
        continue;
      }
      for (Dependency d : from.getDirectDependenciesFromSelf()) {
        String to = d.getTargetClass().getPackageName();
        if (to.startsWith("calico.") && !allowed(row.get(), to)) {
          violations.add(from.getName() + " -> " + d.getTargetClass().getName());
        }
      }
    }
    assertEquals("", String.join("\n", violations));
  }

  private static JavaClasses classes() {
    JavaClasses classes =
        new ClassFileImporter()
            .importPaths(
                Checkout.modules().stream()
                    .map(m -> m.resolve("target/classes"))
                    .filter(Files::exists)
                    .toArray(Path[]::new));
    assertTrue(classes.size() > 100, "compiled classes were found: " + classes.size());
    return classes;
  }

  /** From a commit in the datastore to the kernel no process is started. */
  @Test
  void felixExecutesNothing() {
    TreeSet<String> found = new TreeSet<>();
    for (JavaClass from : classes()) {
      String row = rowOf(from.getPackageName()).orElse("");
      boolean hot = HOT.stream().anyMatch(name -> isWithin(row, name));
      from.getMethodCallsFromSelf().stream()
          .filter(
              call ->
                  call.getTargetOwner().isEquivalentTo(ProcessBuilder.class)
                      || (call.getTargetOwner().isEquivalentTo(Runtime.class)
                          && call.getName().equals("exec")))
          .forEach(call -> found.add((hot ? "" : "elsewhere: ") + call.getDescription()));
    }
    assertTrue(
        found.stream().anyMatch(call -> call.startsWith("elsewhere: ")), "the check sees calls");
    assertEquals(
        List.of(), found.stream().filter(call -> !call.startsWith("elsewhere: ")).toList());
  }

  @Test
  void everyRowNamesCodeThatExists() {
    List<String> missing = new ArrayList<>();
    for (String row : table.keySet()) {
      String folder = row.replace('.', '/');
      boolean found =
          Checkout.modules().stream()
              .anyMatch(m -> Files.isDirectory(m.resolve("src/main/java").resolve(folder)));
      if (!found) {
        missing.add(row);
      }
    }
    assertEquals(List.of(), missing);
  }

  private boolean allowed(String row, String target) {
    return isWithin(target, row)
        || table.getOrDefault(row, List.of()).stream()
            .anyMatch(permitted -> isWithin(target, permitted));
  }

  private Optional<String> rowOf(String packageName) {
    return table.keySet().stream()
        .filter(row -> isWithin(packageName, row))
        .max(Comparator.comparingInt(String::length));
  }

  private static boolean isWithin(String packageName, String parent) {
    return packageName.equals(parent) || packageName.startsWith(parent + ".");
  }

  private static Map<String, List<String>> readTable() {
    Map<String, List<String>> table = new TreeMap<>();
    try {
      Matcher rows = ROW.matcher(Files.readString(Checkout.ROOT.resolve("ARCHITECTURE.md")));
      while (rows.find()) {
        table.put(
            rows.group(1), NAME.matcher(rows.group(2)).results().map(m -> m.group(1)).toList());
      }
    } catch (IOException e) {
      throw new AssertionError("ARCHITECTURE.md cannot be read", e);
    }
    assertTrue(table.size() > 10, "the table of ARCHITECTURE.md was found");
    return table;
  }
}
