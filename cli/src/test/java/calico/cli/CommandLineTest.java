package calico.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The syntax of command lines, their help, and what is said of wrong ones. */
class CommandLineTest {
  /** Notes each value as it is set, and that the verb is called. */
  private final class Paint implements Verb {
    @Override
    public void declare(Command paint) {
      paint
          .description("Paints things.", "Whatever they are, they have the colour afterwards.")
          .parameter("THING", "What to paint.", v -> seen.add("thing " + v))
          .parameter("[MORE...]", "More of them.", v -> seen.add("more " + v))
          .flag("-d, --dry", "Do not.", () -> seen.add("dry"))
          .flag("-n, -N, --new", "Only new ones.", () -> seen.add("new"))
          .requiredOption("-c, --colour=COLOUR", "Its colour.", v -> seen.add("colour " + v))
          .option("--coats=N", "How many.", v -> seen.add("coats " + Command.number(v)))
          .option("--note=TEXT...", "Any.", v -> seen.add("note " + v))
          .option("--since[=TIME]", "From then on.", v -> seen.add("since " + v))
          .choice("--finish=KIND", List.of("mat", "gloss"), "Default: mat", v -> seen.add(v))
          .examples("house paint -c red door");
    }

    @Override
    public Integer call() {
      seen.add("called");
      return 7;
    }
  }

  /** Does something itself and has a command below it, which runs another command. */
  private final class Robot implements Verb {
    @Override
    public void declare(Command robot) {
      robot
          .description("Does the housework.")
          .flag("--quiet", "Without a sound.", () -> seen.add("quiet"))
          .option("--name=NAME", "Which robot.", v -> seen.add("name " + v))
          .command("exec", Exec::new)
          .environment("HOUSE", "Where it is.")
          .notes("Exit status: 3 if it is broken.")
          .failureStatus(3);
    }

    @Override
    public Integer call() {
      throw new IllegalStateException("broken");
    }
  }

  private final class Exec implements Verb {
    @Override
    public void declare(Command exec) {
      exec.description("Has it run a command.")
          .optionsFirst()
          .option("--name=NAME", "Which robot.", v -> seen.add("name " + v))
          .parameter("COMMAND...", "What.", v -> seen.add("word " + v));
    }

    @Override
    public Integer call() {
      seen.add("called");
      return 7;
    }
  }

  private final List<String> seen = new ArrayList<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private @Nullable Throwable failure;

  private Command house() {
    return Command.root(
        "house",
        c ->
            c.description("Looks after a house.")
                .option("--site=SITE", "Where it is.", v -> seen.add("site " + v))
                .command("paint", Paint::new)
                .examples("house paint"));
  }

  private int run(String line) {
    return run(house(), line);
  }

  private int run(Command root, String line) {
    return CommandLine.run(
        root,
        line.isEmpty() ? new String[0] : line.split(" "),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        (e, command) -> {
          failure = e;
          return command.failureStatus();
        });
  }

  private void assertRefused(Command root, String line, String command, String message) {
    assertEquals(1, run(root, line));
    UsageException e = assertInstanceOf(UsageException.class, failure);
    assertEquals(message, e.getMessage());
    assertEquals(command, e.command());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          paint -c red door                        | colour red, thing door
          paint door -c=red                        | colour red, thing door
          paint door window wall -cred             | colour red, thing door, more window, more wall
          paint --colour red door                  | colour red, thing door
          paint --colour=a=b door                  | colour a=b, thing door
          paint --colour= door                     | colour , thing door
          paint -dnc red door                      | dry, new, colour red, thing door
          paint -dcred -N door                     | dry, colour red, new, thing door
          paint -c - -                             | colour -, thing -
          paint -c -5 door                         | colour -5, thing door
          paint -c red -- -d --                    | colour red, thing -d, more --
          --site a paint -c red door               | site a, colour red, thing door
          paint -c red door --site=a               | colour red, site a, thing door
          paint -c red --note a --note=b door      | colour red, note a, note b, thing door
          paint -c red --since door                | colour red, since , thing door
          paint -c red --since=noon door           | colour red, since noon, thing door
          paint -c red door --finish gloss         | colour red, gloss, thing door
          paint -c red door --coats 3              | colour red, coats 3, thing door
          """)
  void understands(String line, String values) {
    assertEquals(7, run(line));
    assertEquals(values + ", called", String.join(", ", seen));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                | house       | missing command: choose from paint
          dig                               | house       | unknown command 'dig': choose from paint
          --colour=red paint                | house       | unknown option --colour
          paint                             | house paint | missing THING: What to paint.
          paint door                        | house paint | missing option -c, --colour=COLOUR: Its colour.
          paint door --color=red            | house paint | unknown option --color
          paint door -c                     | house paint | option -c, --colour=COLOUR needs a value
          paint door -c --dry               | house paint | option -c, --colour=COLOUR needs a value
          paint door -dx                    | house paint | unknown option -x
          paint door --dry=no               | house paint | option --dry takes no value, but has 'no'
          paint door -c red --colour blue   | house paint | option --colour is given more than once
          paint door -c red --coats many    | house paint | option --coats = 'many': a whole number is expected
          paint door --finish raw           | house paint | option --finish = 'raw': choose from mat, gloss
          """)
  void saysWhatIsWrong(String line, String command, String message) {
    assertRefused(house(), line, command, message);
  }

  @Test
  void helpOfAVerbIsItsDeclaration() {
    assertEquals(0, run("paint --help nonsense --unknown"));
    assertEquals(
        """
        Usage: house paint --colour=COLOUR [OPTION...] THING [MORE...]

        Paints things.

        Whatever they are, they have the colour afterwards.

        Arguments:
          THING      What to paint.
          [MORE...]  More of them.

        Options:
          -d, --dry            Do not.
          -n, -N, --new        Only new ones.
          -c, --colour=COLOUR  Its colour.
              --coats=N        How many.
              --note=TEXT...   Any.
              --since[=TIME]   From then on.
              --finish=KIND    mat, gloss. Default: mat

        Options of all commands:
              --site=SITE  Where it is.
          -h, --help       Print this help.

        Examples:
          house paint -c red door
        """,
        out.toString(StandardCharsets.UTF_8));
    assertEquals(List.of(), seen);
  }

  @Test
  void helpOfAGroupListsItsCommands() {
    assertEquals(0, run("-h"));
    assertEquals(
        """
        Usage: house [OPTION...] COMMAND

        Looks after a house.

        Commands:
          paint  Paints things.

        Options of all commands:
              --site=SITE  Where it is.
          -h, --help       Print this help.

        Examples:
          house paint
        """,
        out.toString(StandardCharsets.UTF_8));
  }

  @Test
  void aVerbsOptionsAreItsOwn() {
    Command robot = Command.root("house robot", new Robot());
    assertEquals(3, run(robot, "--quiet"));
    assertEquals("broken", assertInstanceOf(IllegalStateException.class, failure).getMessage());
    assertRefused(
        Command.root("house robot", new Robot()),
        "exec --quiet dust",
        "house robot exec",
        "unknown option --quiet");
    assertRefused(
        Command.root("house robot", new Robot()),
        "--quiet exec dust",
        "house robot exec",
        "unknown option --quiet");
    seen.clear();
    assertEquals(7, run(Command.root("house robot", new Robot()), "--name a exec dust --name b"));
    assertEquals(List.of("name a", "word dust", "word --name", "word b", "called"), seen);
  }

  @Test
  void helpOfAVerbWithCommandsBelow() {
    assertEquals(0, run(Command.root("house robot", new Robot()), "--help"));
    assertEquals(
        """
        Usage: house robot [OPTION...] [COMMAND]

        Does the housework.

        Commands:
          exec  Has it run a command.

        Options:
              --quiet      Without a sound.
              --name=NAME  Which robot.
          -h, --help       Print this help.

        Environment:
          HOUSE  Where it is.

        Exit status: 3 if it is broken.
        """,
        out.toString(StandardCharsets.UTF_8));
  }

  @Test
  void aBeginningSaysWhatMayFollow() {
    CommandLine line =
        CommandLine.beginning(house(), List.of("--site=a", "paint", "-d", "door", "--coats"));
    assertEquals("house paint", line.command().qualifiedName());
    assertEquals(List.of("door"), line.words());
    assertEquals("a", line.value("--site"));
    assertEquals("", line.value("--dry"));
    assertNull(line.value("--new"));
    assertEquals("--coats", Objects.requireNonNull(line.awaiting()).name());
    assertEquals(
        List.of("THING", "MORE"),
        line.command().parameters().stream().map(Parameter::label).toList());
    assertThrows(UsageException.class, () -> CommandLine.beginning(house(), List.of("dig")));
  }

  @Test
  void aUsageExceptionNamesTheHelp() {
    run("paint --odd");
    assertInstanceOf(UsageException.class, failure)
        .print(new PrintStream(out, true, StandardCharsets.UTF_8));
    assertEquals(
        "Error: unknown option --odd\nSee 'house paint --help'.\n",
        out.toString(StandardCharsets.UTF_8));
  }

  @Test
  void wrongArgumentsAreToldWithStatus2AndOtherFailuresAsTheProgramDoes() {
    PrintStream err = new PrintStream(out, true, StandardCharsets.UTF_8);
    Failures failures = Failures.besidesUsage(err, (_, command) -> command.failureStatus());
    Command robot = Command.root("robot", new Robot());
    assertEquals(2, CommandLine.run(robot, new String[] {"--odd"}, System.out, failures));
    assertEquals(
        "Error: unknown option --odd\nSee 'robot --help'.\n", out.toString(StandardCharsets.UTF_8));
    assertEquals(3, CommandLine.run(robot, new String[0], System.out, failures));
  }
}
