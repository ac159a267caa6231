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
  @Nullable String logLevel;

  private CalicoctlCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command calicoctl) {
    calicoctl
        .description(
            "Reads and writes the resources of a Calico cluster.",
            "A link to calicoctl named kubectl-calico on the PATH makes it 'kubectl calico'.",
            "Exit status: 0 if all was done; 1 for anything else, a wrong command line included.")
        .flag(
            "--allow-version-mismatch",
            "Go on if the cluster has another version than this client.",
            () -> allowVersionMismatch = true)
        .option(
            "--context=CONTEXT",
            "Of the kubeconfig; a datastore in etcd has none.",
            v -> context = v)
        .choice("-l, --log-level=LEVEL", LOG_LEVELS, "Default: warn", v -> logLevel = v)
        .command("apply", () -> new ApplyCommand(session))
        .command("create", () -> new CreateCommand(session))
        .command("replace", () -> new ReplaceCommand(session))
        .command("delete", () -> new DeleteCommand(session))
        .command("patch", () -> new PatchCommand(session))
        .command("label", () -> new LabelCommand(session))
        .command("get", () -> new GetCommand(session))
        .command("validate", () -> new ValidateCommand(session))
        .command("ipam", () -> new IpamCommand(session))
        .command("datastore", () -> new DatastoreCommand(session))
        .command("node", () -> new NodeCommands(session))
        .command("cluster", ClusterCommand::new)
        .command("version", () -> new VersionCommand(session))
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
    String[] arguments = args.length == 0 ? new String[] {"--help"} : args;
    try {
      Command calicoctl = Command.root("calicoctl", new CalicoctlCommand(session));
      return CommandLine.run(calicoctl, arguments, session.out());
    } catch (Exception e) {
      return report(e, session.err());
    }
  }

  private static int report(Exception e, PrintStream err) {
    switch (e) {
      case UsageException usage -> {
        err.println("Error: " + usage.getMessage());
        err.println("See '" + usage.command() + " --help'.");
      }
      case InputException input -> {
        input.problems().forEach(p -> err.println("Error: " + p));
        err.println(
            "Error: %d problem(s) in the input: nothing has been done"
                .formatted(input.problems().size()));
      }
      case CommandException command -> err.println("Error: " + command.getMessage());
      case DatastoreException datastore -> err.println("Error: " + datastore.getMessage());
      case IpamException ipam -> err.println("Error: " + ipam.getMessage());
      default -> {
        err.println("Error: this should not have happened, please report it: " + e);
        Arrays.stream(e.getStackTrace()).limit(10).forEach(f -> err.println("  at " + f));
      }
    }
    return 1;
  }
}
