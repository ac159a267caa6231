package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import calico.cli.Command;
import calico.cli.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** A command with annotations takes what it would take if it declared itself. */
class AnnotatedTest {
  @CommandLine.Command(
      name = "paint",
      description = {"Paints things.", "", "Whatever they are."},
      footer = {"", "Examples:", "  house paint door"})
  private static final class Paint implements Callable<Integer> {
    @CommandLine.Parameters(index = "0", paramLabel = "THING", description = "What to paint.")
    @Nullable String thing;

    @CommandLine.Parameters(
        index = "1..*",
        arity = "0..*",
        paramLabel = "MORE",
        description = "More.")
    List<String> more = new ArrayList<>();

    @CommandLine.Option(
        names = {"-c", "--colour"},
        required = true,
        paramLabel = "COLOUR",
        description = "Its colour.")
    @Nullable String colour;

    @CommandLine.Option(names = "--dry", description = "Do not.")
    boolean dry;

    @CommandLine.Option(names = "--coats", paramLabel = "N", description = "How many.")
    int coats = 1;

    @CommandLine.Option(names = "--tool", paramLabel = "FILE", description = "With what.")
    @Nullable Path tool;

    @CommandLine.Mixin NamespaceOption place = new NamespaceOption();

    @Override
    public Integer call() {
      return 0;
    }
  }

  private final Paint paint = new Paint();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private int run(String... arguments) throws Exception {
    return calico.cli.CommandLine.run(
        Command.root("house", c -> c.command("paint", () -> Annotated.of(paint))),
        arguments,
        new PrintStream(out, true, StandardCharsets.UTF_8));
  }

  @Test
  void setsFields() throws Exception {
    String line = "paint door -c red --dry --coats=2 --tool brush -n shop wall roof";
    assertEquals(0, run(line.split(" ")));
    assertEquals("door", paint.thing);
    assertEquals(List.of("wall", "roof"), paint.more);
    assertEquals("red", paint.colour);
    assertEquals(true, paint.dry);
    assertEquals(2, paint.coats);
    assertEquals(Path.of("brush"), paint.tool);
    assertEquals("shop", paint.place.namespace);
  }

  @Test
  void requiresWhatTheyRequire() {
    assertThrows(UsageException.class, () -> run("paint", "door"));
    assertThrows(UsageException.class, () -> run("paint", "-c", "red"));
    assertThrows(UsageException.class, () -> run("paint", "door", "-c", "red", "--coats=x"));
  }

  @Test
  void helpIsTheirs() throws Exception {
    assertEquals(0, run("paint", "--help"));
    String help = out.toString(StandardCharsets.UTF_8);
    assertEquals(
        "Usage: house paint --colour=COLOUR [OPTION...] THING [MORE...]\n\n"
            + "Paints things.\n\nWhatever they are.\n",
        help.substring(0, help.indexOf("\nArguments:")));
  }
}
