package calico.ctl;

import calico.cli.Command;
import calico.cli.CommandLine;
import calico.cli.Options;
import calico.cli.UsageException;
import calico.datastore.DatastoreException;
import calico.datastore.Datastores;
import calico.ipam.IpamException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The command line: reads and writes the cluster's resources. */
public final class CalicoctlCommand implements Options {
  /** Upstream's. */
  private static final List<String> LOG_LEVELS =
      List.of("panic", "fatal", "error", "warn", "info", "debug", "trace");

  private final Session session;
  boolean allowVersionMismatch;
  @Nullable String context;
  private boolean debugging;

  private CalicoctlCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command calicoctl) {
    calicoctl
        .description("Reads and writes the resources of a Calico cluster.")
        .flag(
            "--allow-version-mismatch",
            "Do not warn of a cluster that has another version than this client.",
            () -> allowVersionMismatch = true)
        .option(
            "--context=CONTEXT",
            "Of the kubeconfig; a datastore in etcd has none.",
            v -> context = v)
        .choice("-l, --log-level=LEVEL", LOG_LEVELS, "Default: warn", this::setLogLevel)
        .command("apply", () -> new ApplyCommand(session))
        .command("create", () -> new CreateCommand(session))
        .command("replace", () -> new ReplaceCommand(session))
        .command("delete", () -> new DeleteCommand(session))
        .command("diff", () -> new DiffCommand(session))
        .command("edit", () -> new EditCommand(session))
        .command("patch", () -> new PatchCommand(session))
        .command("label", () -> new LabelCommand(session))
        .command("get", () -> new GetCommand(session))
        .command("describe", () -> new DescribeCommand(session))
        .command("wait", () -> new WaitCommand(session))
        .command("explain", () -> new ExplainCommand(session))
        .command("trace", () -> new TraceCommand(session))
        .command("validate", () -> new ValidateCommand(session))
        .command("ipam", () -> new IpamCommand(session))
        .command("datastore", () -> new DatastoreCommand(session))
        .command("node", () -> new NodeCommands(session))
        .command("cluster", ClusterCommand::new)
        .command("crds", () -> new CrdsCommand(session))
        .command("completion", () -> new CompletionCommand(session))
        .command("version", () -> new VersionCommand(session))
        .notes(
            "A link to calicoctl named kubectl-calico on the PATH makes it 'kubectl calico'.",
            "Exit status: 0 if all was done; 1 for anything else, a wrong command line included."
                + " Of diff and trace: see there.")
        .examples(
            "calicoctl apply -f cluster.yaml",
            "calicoctl get nodes -o wide",
            "calicoctl COMMAND --help");
  }

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
    CalicoctlCommand global = new CalicoctlCommand(session);
    global.setLogLevel("warn");
    String[] arguments = args.length == 0 ? new String[] {"--help"} : args;
    return CommandLine.run(root(global), arguments, session.out(), global::report);
  }

  /** The command line as it is declared. */
  static Command declaration(Session session) {
    return root(new CalicoctlCommand(session));
  }

  private static Command root(CalicoctlCommand global) {
    return Command.root("calicoctl", global);
  }

  /** Before anything has logged. */
  private void setLogLevel(String level) {
    debugging = level.equals("debug") || level.equals("trace");
    System.setProperty(
        "org.slf4j.simpleLogger.defaultLogLevel",
        switch (level) {
          case "panic", "fatal" -> "off";
          default -> level;
        });
  }

  private int report(Throwable e, Command command) {
    PrintStream err = session.err();
    switch (e) {
      case UsageException usage -> usage.print(err);
      case InputException input -> {
        input.problems().forEach(p -> err.println("Error: " + p));
        err.println(
            "Error: %d problem(s) in the input: nothing has been done"
                .formatted(input.problems().size()));
      }
      case CommandException wrong -> err.println("Error: " + wrong.getMessage());
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
    return command.failureStatus();
  }
}
