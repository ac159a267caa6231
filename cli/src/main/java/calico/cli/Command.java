package calico.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A command as its {@link Options} declare it. Spellings are those of the help: {@code "-o,
 * --output=FORMAT"} and {@code "[NAME...]"} say names, values and how often. A setter may throw an
 * {@link IllegalArgumentException}, whose message says what is wrong with the value.
 */
public final class Command {
  static final Option HELP =
      new Option("-h, --help", "Print this help.", false, List.of(), _ -> {});

  /** A row of a table in the help. */
  record Row(String left, String right) {}

  private final @Nullable Command parent;
  private final String name;
  private final Options declaredBy;
  private final List<Option> options = new ArrayList<>();
  private final List<Parameter> parameters = new ArrayList<>();
  private final Map<String, Supplier<? extends Options>> commands = new LinkedHashMap<>();
  private final List<Row> environment = new ArrayList<>();
  private List<String> description = List.of();
  private List<String> notes = List.of();
  private List<String> examples = List.of();
  private boolean optionsFirst;
  private int failureStatus = 1;

  private Command(@Nullable Command parent, String name, Options declaredBy) {
    this.parent = parent;
    this.name = name;
    this.declaredBy = declaredBy;
  }

  /** The command that has no other above it. */
  public static Command root(String name, Options declaration) {
    return of(null, name, declaration);
  }

  private static Command of(@Nullable Command parent, String name, Options declaration) {
    Command command = new Command(parent, name, declaration);
    declaration.declare(command);
    return command;
  }

  /** What it is for, in a line that lists of commands show too, and further paragraphs. */
  public Command description(String... paragraphs) {
    description = List.of(paragraphs);
    return this;
  }

  /** Paragraphs that the help has after the options, such as what exit statuses mean. */
  public Command notes(String... paragraphs) {
    notes = List.of(paragraphs);
    return this;
  }

  /** Command lines. */
  public Command examples(String... lines) {
    examples = List.of(lines);
    return this;
  }

  /** A variable of the environment that it reads. */
  public Command environment(String variable, String text) {
    environment.add(new Row("  " + variable, text));
    return this;
  }

  /** An option without a value. */
  public Command flag(String spelling, String text, Runnable set) {
    return add(new Option(spelling, text, false, List.of(), _ -> set.run()));
  }

  /** An option with a value. */
  public Command option(String spelling, String text, Consumer<String> set) {
    return add(new Option(spelling, text, false, List.of(), set));
  }

  /** An option with a value that must be given. */
  public Command requiredOption(String spelling, String text, Consumer<String> set) {
    return add(new Option(spelling, text, true, List.of(), set));
  }

  /** An option with one of a few values, with which its help begins. */
  public Command choice(String spelling, List<String> choices, String text, Consumer<String> set) {
    return add(new Option(spelling, text, false, choices, set));
  }

  private Command add(Option option) {
    options.add(option);
    return this;
  }

  /** A word that is no option, in its place after those declared before. */
  public Command parameter(String spelling, String text, Consumer<String> set) {
    parameters.add(new Parameter(spelling, text, set));
    return this;
  }

  /** After the first word nothing is an option, as for a command that runs another one. */
  public Command optionsFirst() {
    optionsFirst = true;
    return this;
  }

  /** All that a group declares. */
  public Command include(Options group) {
    group.declare(this);
    return this;
  }

  /** A command below this one, which is made only if it is asked for. */
  public Command command(String word, Supplier<? extends Options> declaration) {
    commands.put(word, declaration);
    return this;
  }

  /** The exit status if it fails, where 1 means something else. */
  public Command failureStatus(int status) {
    failureStatus = status;
    return this;
  }

  /**
   * The number that a value is, for setters.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static int number(String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("a whole number is expected", e);
    }
  }

  public Command root() {
    return parent == null ? this : parent.root();
  }

  public Options declaredBy() {
    return declaredBy;
  }

  public int failureStatus() {
    return failureStatus;
  }

  public List<Parameter> parameters() {
    return parameters;
  }

  /** The names of the commands below this one, in order of declaration. */
  public Set<String> commands() {
    return commands.keySet();
  }

  /** Its own options and {@link #inherited()} ones. */
  public List<Option> allOptions() {
    List<Option> all = new ArrayList<>(options);
    all.addAll(inherited());
    return all;
  }

  /** One of {@link #allOptions()}. */
  public @Nullable Option find(String optionName) {
    for (Option option : allOptions()) {
      if (option.isNamed(optionName)) {
        return option;
      }
    }
    return null;
  }

  /** Those of the commands above that only group commands, and the one for help. */
  List<Option> inherited() {
    List<Option> inherited = new ArrayList<>();
    for (Command above = parent; above != null; above = above.parent) {
      if (!(above.declaredBy instanceof Verb)) {
        inherited.addAll(above.options);
      }
    }
    inherited.add(HELP);
    return inherited;
  }

  List<Option> options() {
    return options;
  }

  /** With the names of the commands above, such as {@code calicoctl ipam show}. */
  String qualifiedName() {
    return parent == null ? name : parent.qualifiedName() + " " + name;
  }

  List<String> description() {
    return description;
  }

  List<String> notes() {
    return notes;
  }

  List<String> examples() {
    return examples;
  }

  List<Row> environment() {
    return environment;
  }

  boolean isOptionsFirst() {
    return optionsFirst;
  }

  @Nullable Command below(String word) {
    Supplier<? extends Options> declaration = commands.get(word);
    return declaration == null ? null : of(this, word, declaration.get());
  }
}
