package calico.cli;

import calico.cli.Command.Row;
import java.util.ArrayList;
import java.util.List;

/** The help of a command, from its declaration. */
final class Help {
  private static final int WIDTH = 80;

  /** Where the second column of a section begins at most. */
  private static final int MAX_COLUMN = 30;

  private static final int GAP = 2;

  private final StringBuilder out = new StringBuilder();

  private Help() {}

  static String of(Command command) {
    Help help = new Help();
    help.usage(command);
    help.paragraphs(command.description());
    help.section("Arguments", parameters(command));
    help.section("Commands", commands(command));
    if (!(command.declaredBy() instanceof Verb)) {
      help.section("Options of all commands", options(command.allOptions()));
    } else if (command.inherited().size() == 1) {
      help.section("Options", options(command.allOptions()));
    } else {
      help.section("Options", options(command.options()));
      help.section("Options of all commands", options(command.inherited()));
    }
    help.section("Environment", command.environment());
    help.paragraphs(command.notes());
    if (!command.examples().isEmpty()) {
      help.out.append("\nExamples:\n");
      command.examples().forEach(e -> help.out.append("  ").append(e).append('\n'));
    }
    return help.out.toString();
  }

  private void paragraphs(List<String> paragraphs) {
    for (String paragraph : paragraphs) {
      out.append('\n');
      wrap(paragraph, 0);
    }
  }

  private void usage(Command command) {
    StringBuilder line = new StringBuilder("Usage: ").append(command.qualifiedName());
    for (Option option : command.options()) {
      if (option.required()) {
        line.append(' ').append(option.spelling().substring(option.spelling().indexOf("--")));
      }
    }
    line.append(" [OPTION...]");
    for (Parameter parameter : command.parameters()) {
      line.append(' ').append(parameter.spelling());
    }
    if (!command.commands().isEmpty()) {
      line.append(command.declaredBy() instanceof Verb ? " [COMMAND]" : " COMMAND");
    }
    out.append(line).append('\n');
  }

  private static List<Row> parameters(Command command) {
    return command.parameters().stream()
        .map(p -> new Row("  " + p.spelling(), p.description()))
        .toList();
  }

  private static List<Row> options(List<Option> options) {
    return options.stream()
        .map(
            o ->
                new Row((o.spelling().startsWith("--") ? "      " : "  ") + o.spelling(), o.help()))
        .toList();
  }

  private static List<Row> commands(Command command) {
    List<Row> rows = new ArrayList<>();
    for (String name : command.commands()) {
      Command below = command.below(name);
      if (below != null) {
        rows.add(new Row("  " + name, below.description().getFirst()));
      }
    }
    return rows;
  }

  private void section(String title, List<Row> rows) {
    if (rows.isEmpty()) {
      return;
    }
    out.append('\n').append(title).append(":\n");
    int longest = rows.stream().mapToInt(r -> r.left().length()).max().getAsInt();
    int column = Math.min(MAX_COLUMN, longest + GAP);
    for (Row row : rows) {
      out.append(row.left());
      int used = row.left().length();
      if (used > column - GAP) {
        out.append('\n');
        used = 0;
      }
      out.append(" ".repeat(column - used));
      wrap(row.right(), column);
    }
  }

  /** Text in lines that fit, the second and further ones indented. */
  private void wrap(String text, int indent) {
    int column = indent;
    for (String word : text.split(" ")) {
      if (column > indent && column + 1 + word.length() > WIDTH) {
        out.append('\n').append(" ".repeat(indent));
        column = indent;
      } else if (column > indent) {
        out.append(' ');
        column++;
      }
      out.append(word);
      column += word.length();
    }
    out.append('\n');
  }
}
