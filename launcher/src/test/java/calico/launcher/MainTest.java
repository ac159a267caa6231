package calico.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The help of the commands, and what they say of wrong command lines. */
class MainTest {
  private record Run(int status, String out, String err) {
    static Run of(String command, String... arguments) throws Exception {
      PrintStream out = System.out;
      PrintStream err = System.err;
      ByteArrayOutputStream said = new ByteArrayOutputStream();
      ByteArrayOutputStream complained = new ByteArrayOutputStream();
      System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(complained, true, StandardCharsets.UTF_8));
      try {
        int status = Main.run(command, arguments);
        return new Run(
            status,
            said.toString(StandardCharsets.UTF_8),
            complained.toString(StandardCharsets.UTF_8));
      } finally {
        System.setOut(out);
        System.setErr(err);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"node", "felix", "felix drops", "sandbox", "sandbox down", "sandbox exec"})
  void everyCommandHasHelp(String command) throws Exception {
    String[] words = (command + " --help").split(" ");
    Run help = Run.of(words[0], Arrays.copyOfRange(words, 1, words.length));
    assertTrue(help.out.startsWith("Usage: calico " + command + " [OPTION...]"), help.out);
    assertTrue(help.out.indexOf("calico " + words[0], help.out.indexOf("Examples:")) > 0, help.out);
    assertTrue(help.out.lines().allMatch(line -> line.length() <= 100), help.out);
    assertEquals("", help.err);
    assertEquals(0, help.status);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          node    | --odd            | unknown option --odd                              | node
          node    | now              | unknown command 'now': choose from health         | node
          felix   | fly              | unknown command 'fly': choose from drops          | felix
          felix   | drops --count=x  | option --count = 'x': a whole number is expected  | felix drops
          felix   | --cleanup drops  | unknown option --cleanup                          | felix drops
          sandbox | --nodes=many     | option --nodes = 'many': a whole number is expected | sandbox
          sandbox | exec --name x a  | missing COMMAND...: What, with its own options.   | sandbox exec
          """)
  void aWrongCommandLineExitsWithTwo(String command, String arguments, String message, String help)
      throws Exception {
    Run wrong = Run.of(command, arguments.split(" "));
    assertEquals("Error: " + message + "\nSee 'calico " + help + " --help'.\n", wrong.err);
    assertEquals(2, wrong.status);
  }
}
