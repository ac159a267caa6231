package calico.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a command line as POSIX and GNU have it: options stand before, between and after the words;
 * {@code --name=VALUE}, {@code --name VALUE}, {@code -nVALUE}, {@code -n VALUE}, {@code -n=VALUE};
 * single letters may be joined; after {@code --} there are only words. {@code -h} and {@code
 * --help} print the help of the command that stands before.
 */
public final class CommandLine {
  private final String[] arguments;
  private final boolean finished;
  private int next;
  private Command command;
  private boolean help;
  private boolean optionsEnded;
  private @Nullable Option awaiting;
  private final List<String> words = new ArrayList<>();

  /** The values of options by the options' names. */
  private final Map<String, String> given = new HashMap<>();

  private CommandLine(Command root, String[] arguments, boolean finished) {
    this.command = root;
    this.arguments = arguments;
    this.finished = finished;
  }

  /**
   * Runs the command that the arguments name.
   *
   * @param out for help
   * @return the exit status
   */
  public static int run(Command root, String[] arguments, PrintStream out, Failures failures) {
    CommandLine line = new CommandLine(root, arguments, true);
    try {
      line.read();
      if (line.help) {
        out.print(Help.of(line.command));
        return 0;
      }
      return line.verb().call();
    } catch (Exception | Error e) {
      return failures.report(e, line.command);
    }
  }

  /**
   * The beginning of a command line.
   *
   * @throws UsageException if no command line can begin so
   */
  public static CommandLine beginning(Command root, List<String> arguments) {
    CommandLine line = new CommandLine(root, arguments.toArray(String[]::new), false);
    line.read();
    return line;
  }

  /** The command that it names. */
  public Command command() {
    return command;
  }

  /** The words that are neither options nor names of commands. */
  public List<String> words() {
    return words;
  }

  /** The value of an option, {@code ""} if it has none; null if it is not given. */
  public @Nullable String value(String optionName) {
    Option option = command.find(optionName);
    return option == null ? null : given.get(option.name());
  }

  /** The option at the end whose value must follow, or null. */
  public @Nullable Option awaiting() {
    return awaiting;
  }

  private void read() {
    while (next < arguments.length && !help) {
      String argument = arguments[next++];
      if (optionsEnded || argument.length() < 2 || argument.charAt(0) != '-') {
        word(argument);
      } else if (argument.equals("--")) {
        optionsEnded = true;
      } else if (argument.startsWith("--")) {
        int equals = argument.indexOf('=');
        String name = equals < 0 ? argument : argument.substring(0, equals);
        option(name, equals < 0 ? null : argument.substring(equals + 1));
      } else {
        letters(argument);
      }
    }
  }

  private void letters(String argument) {
    for (int i = 1; i < argument.length(); i++) {
      String name = "-" + argument.charAt(i);
      String rest = argument.substring(i + 1);
      if (rest.isEmpty() || !find(name).takesValue()) {
        option(name, null);
      } else {
        option(name, rest.startsWith("=") ? rest.substring(1) : rest);
        return;
      }
    }
  }

  private void option(String name, @Nullable String attached) {
    Option option = find(name);
    if (option.equals(Command.HELP)) {
      help = true;
      return;
    }
    if (given.containsKey(option.name()) && !option.repeatable()) {
      throw wrong("option " + name + " is given more than once");
    }
    String value = attached;
    if (value == null && option.needsValue()) {
      if (next == arguments.length && !finished) {
        awaiting = option;
        return;
      }
      if (next == arguments.length || isOption(arguments[next])) {
        throw wrong("option " + option.spelling() + " needs a value");
      }
      value = arguments[next++];
    }
    if (value != null && !option.takesValue()) {
      throw wrong("option " + name + " takes no value, but has '" + value + "'");
    }
    String taken = value == null ? "" : value;
    given.put(option.name(), taken);
    String reason = option.accept(taken);
    if (reason != null) {
      throw wrong("option " + name + " = '" + value + "': " + reason);
    }
  }

  private Option find(String name) {
    Option option = command.find(name);
    if (option == null) {
      throw wrong("unknown option " + name);
    }
    return option;
  }

  private boolean isOption(String argument) {
    int equals = argument.indexOf('=');
    return command.find(equals < 0 ? argument : argument.substring(0, equals)) != null;
  }

  private void word(String word) {
    if (command.commands().isEmpty()) {
      words.add(word);
      optionsEnded |= command.isOptionsFirst();
      return;
    }
    Command below = command.below(word);
    if (below == null) {
      throw wrong("unknown command '" + word + "': " + choice());
    }
    command = below;
    for (String option : given.keySet()) {
      if (command.find(option) == null) {
        throw wrong("unknown option " + option);
      }
    }
  }

  /** The command, with all its values set. */
  private Verb verb() {
    if (!(command.declaredBy() instanceof Verb verb)) {
      throw wrong("missing command: " + choice());
    }
    int index = 0;
    for (Parameter parameter : command.parameters()) {
      int end = parameter.repeatable() ? words.size() : Math.min(index + 1, words.size());
      if (index == end && parameter.required()) {
        throw wrong("missing " + parameter.spelling() + ": " + parameter.description());
      }
      for (; index < end; index++) {
        String reason = Option.setOrReason(parameter.set(), words.get(index));
        if (reason != null) {
          throw wrong(parameter.spelling() + " = '" + words.get(index) + "': " + reason);
        }
      }
    }
    if (index < words.size()) {
      throw wrong("unexpected argument '" + words.get(index) + "'");
    }
    for (Option option : command.options()) {
      if (option.required() && !given.containsKey(option.name())) {
        throw wrong("missing option " + option.spelling() + ": " + option.description());
      }
    }
    return verb;
  }

  private String choice() {
    return "choose from " + String.join(", ", command.commands());
  }

  private UsageException wrong(String message) {
    return new UsageException(command, message);
  }
}
