package calico.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** The limits of the house style: file and method length, package descriptions, names. */
class StyleTest {
  private static final int FILE_LINES = 500;
  private static final int METHOD_LINES = 70;
  private static final Pattern VAGUE = Pattern.compile("(Manager|Helper|Impl|Util|Utils)\\.java$");

  private final List<Path> sources =
      Stream.concat(Checkout.sources("main").stream(), Checkout.sources("test").stream()).toList();

  @Test
  void filesAreShort() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path file : sources) {
      long lines = Files.readString(file).lines().count();
      if (lines > FILE_LINES) {
        tooLong.add(Checkout.ROOT.relativize(file) + ": " + lines + " lines");
      }
    }
    assertEquals("", String.join("\n", tooLong));
  }

  @Test
  void methodsAreShort() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<String> tooLong = new ArrayList<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, Locale.ROOT, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  null,
                  List.of("-proc:none"),
                  null,
                  files.getJavaFileObjectsFromPaths(sources));
      SourcePositions positions = Trees.instance(task).getSourcePositions();
      for (CompilationUnitTree unit : task.parse()) {
        unit.accept(new MethodLength(unit, positions, tooLong), null);
      }
    }
    assertEquals("", String.join("\n", tooLong));
  }

  @Test
  void everyPackageIsDescribed() {
    TreeSet<String> missing = new TreeSet<>();
    for (Path file : Checkout.sources("main")) {
      Path folder = Checkout.ROOT.relativize(file.toAbsolutePath().getParent());
      if (!Files.exists(Checkout.ROOT.resolve(folder).resolve("package-info.java"))) {
        missing.add(folder.toString());
      }
    }
    assertEquals("", String.join("\n", missing));
  }

  @Test
  void namesSayWhatAThingIs() {
    List<String> vague =
        sources.stream().map(Path::toString).filter(f -> VAGUE.matcher(f).find()).toList();
    assertEquals(List.of(), vague);
  }

  /** Collects methods that are too long. */
  private static final class MethodLength extends TreeScanner<Void, Void> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final List<String> tooLong;

    MethodLength(CompilationUnitTree unit, SourcePositions positions, List<String> tooLong) {
      this.unit = unit;
      this.positions = positions;
      this.tooLong = tooLong;
    }

    @Override
    public Void visitMethod(MethodTree method, Void unused) {
      LineMap lines = unit.getLineMap();
      long first = lines.getLineNumber(positions.getStartPosition(unit, method));
      long length = lines.getLineNumber(positions.getEndPosition(unit, method)) - first + 1;
      if (length > METHOD_LINES) {
        Path file = Checkout.ROOT.relativize(Path.of(unit.getSourceFile().toUri()));
        tooLong.add(file + ":" + first + " " + method.getName() + ": " + length + " lines");
      }
      return super.visitMethod(method, null);
    }
  }
}
