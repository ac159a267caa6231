package calico.ctl;

import calico.datastore.DatastoreException;
import calico.datastore.Datastores;
import calico.ipam.IpamException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The command line: reads and writes the cluster's resources. */
@Command(
    name = "calicoctl",
    description = "Reads and writes the resources of a Calico cluster.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "A link to calicoctl named kubectl-calico on the PATH makes it 'kubectl calico'.",
      "",
      "Exit status: 0 if all was done; 1 for anything else, a wrong command line included. Of diff:"
          + " see there.",
      "",
      "Examples:",
      "  calicoctl apply -f cluster.yaml",
      "  calicoctl get nodes -o wide",
      "  calicoctl COMMAND --help"
    })
public final class CalicoctlCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = CommandLine.ScopeType.INHERIT,
      description = "Print this help.")
  boolean help;

  @Option(
      names = "--allow-version-mismatch",
      scope = CommandLine.ScopeType.INHERIT,
      description = "Do not warn of a cluster that has another version than this client.")
  boolean allowVersionMismatch;

  @Option(
      names = "--context",
      paramLabel = "CONTEXT",
      scope = CommandLine.ScopeType.INHERIT,
      description = "Of the kubeconfig; a datastore in etcd has none.")
  @Nullable String context;

  @Option(
      names = {"-l", "--log-level"},
      paramLabel = "LEVEL",
      scope = CommandLine.ScopeType.INHERIT,
      description = "${COMPLETION-CANDIDATES}. Default: warn")
  @Nullable LogLevel logLevel;

  /** Upstream's levels. */
  enum LogLevel {
    panic,
    fatal,
    error,
    warn,
    info,
    debug,
    trace
  }

  private CalicoctlCommand() {}

  /**
   * Runs one command.
   *
   * @return the exit status
   */
  public static int run(
      String[] args, Map<String, String> env, InputStream in, PrintStream out, PrintStream err) {
    return run(args, new Session(env, in, out, err, Datastores::forOneShot, UUID::randomUUID));
  }

  static int run(String[] args, Session session) {
    if (args.length > 0 && args[0].equals(Completion.VERB)) {
      return Completion.run(session, Arrays.asList(args).subList(1, args.length));
    }
    CalicoctlCommand options = new CalicoctlCommand();
    CommandLine root = commandLine(options, args, session);
    root.setOut(new PrintWriter(session.out(), true, session.out().charset()));
    root.setErr(new PrintWriter(session.err(), true, session.err().charset()));
    root.setUsageHelpAutoWidth(true);
    root.setExecutionStrategy(
        line -> {
          options.setLogLevel();
          return new CommandLine.RunLast().execute(line);
        });
    root.setParameterExceptionHandler(
        (e, _) -> {
          session.err().println("Error: " + e.getMessage());
          session
              .err()
              .println("See '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
          return e.getCommandLine().getCommandSpec().exitCodeOnExecutionException();
        });
    root.setExecutionExceptionHandler(
        (e, failed, _) -> {
          report(e, options.debugging(), session.err());
          return failed.getCommandSpec().exitCodeOnExecutionException();
        });
    if (args.length == 0) {
      root.usage(session.out());
      return 0;
    }
    try {
      return root.execute(args);
    } catch (Error e) {
      report(e, options.debugging(), session.err());
      return 1;
    }
  }

  /** Before anything has logged. */
  private void setLogLevel() {
    LogLevel level = logLevel == null ? LogLevel.warn : logLevel;
    System.setProperty(
        "org.slf4j.simpleLogger.defaultLogLevel",
        switch (level) {
          case panic, fatal -> "off";
          case error, warn, info, debug, trace -> level.name();
        });
  }

  private boolean debugging() {
    return logLevel == LogLevel.debug || logLevel == LogLevel.trace;
  }

  /** All that is needed for these arguments. */
  static CommandLine commandLine(String[] args, Session session) {
    return commandLine(new CalicoctlCommand(), args, session);
  }

  private static CommandLine commandLine(CalicoctlCommand options, String[] args, Session session) {
    CommandLine root = new CommandLine(options);
    // picocli reads every subcommand that is there by reflection, so only the one that is asked
    // for is; all of them are for the general help.
    Map<String, Function<Session, Object>> verbs = verbs();
    Optional<String> verb = Arrays.stream(args).filter(a -> !a.startsWith("-")).findFirst();
    verbs.forEach(
        (name, command) -> {
          if (verb.isEmpty() || verb.get().equals(name) || !verbs.containsKey(verb.get())) {
            root.addSubcommand(name, command.apply(session));
          }
        });
    return root;
  }

  static Map<String, Function<Session, Object>> verbs() {
    Map<String, Function<Session, Object>> out = new LinkedHashMap<>();
    out.put("apply", ApplyCommand::new);
    out.put("create", CreateCommand::new);
    out.put("replace", ReplaceCommand::new);
    out.put("delete", DeleteCommand::new);
    out.put("diff", DiffCommand::new);
    out.put("edit", EditCommand::new);
    out.put("patch", PatchCommand::new);
    out.put("label", LabelCommand::new);
    out.put("get", GetCommand::new);
    out.put("describe", DescribeCommand::new);
    out.put("wait", WaitCommand::new);
    out.put("explain", ExplainCommand::new);
    out.put("validate", ValidateCommand::new);
    out.put("ipam", IpamCommand::of);
    out.put("datastore", DatastoreCommand::of);
    out.put("node", NodeCommands::of);
    out.put("cluster", ClusterCommand::of);
    out.put("crds", CrdsCommand::new);
    out.put("completion", CompletionCommand::new);
    out.put("version", VersionCommand::new);
    return out;
  }

  /**
   * What a command does that only has others below it.
   *
   * @throws CommandLine.ParameterException always
   */
  static void requireSubcommand(@Nullable CommandSpec spec) {
    if (spec != null) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "Missing command: choose from " + spec.subcommands().keySet());
    }
  }

  private static void report(Throwable e, boolean debugging, PrintStream err) {
    switch (e) {
      case InputException input -> {
        input.problems().forEach(p -> err.println("Error: " + p));
        err.println(
            "Error: %d problem(s) in the input: nothing has been done"
                .formatted(input.problems().size()));
      }
      case CommandException command -> err.println("Error: " + command.getMessage());
      case DatastoreException datastore -> err.println("Error: " + datastore.getMessage());
      case IpamException ipam -> err.println("Error: " + ipam.getMessage());
      default ->
          err.println(
              "Error: this should not have happened, please report it with what --log-level=debug"
                  + " adds: "
                  + e);
    }
    if (debugging) {
      e.printStackTrace(err);
    }
  }
}
