package calico.sandbox;

import calico.datastore.DatastoreException;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command line of the sandbox. */
@Command(
    name = "sandbox",
    mixinStandardHelpOptions = true,
    subcommands = {SandboxCommand.Down.class, SandboxCommand.Exec.class},
    description = "Brings up a whole cluster on this machine and shows it working.",
    footer = {
      "",
      "Examples:",
      "  ./calico sandbox                              three nodes, six workloads, stays up until Ctrl-C",
      "  ./calico sandbox --once                       the same, then removes everything",
      "  ./calico sandbox --policy my-policies/ --topology shop.yaml --expect shop.matrix --once",
      "                                                test your own policies: exit status 1 if the matrix differs",
      "  ./calico sandbox exec web-1 ip route          run a command in a workload (or node1, ...)",
      "  ./calico sandbox down                         remove a sandbox that was left behind",
      "",
      "Exit status: 0 as expected; 1 the matrix differs or a step failed; 2 something is missing or wrong in the arguments."
    })
public final class SandboxCommand implements Callable<Integer> {
  static final String DEFAULT_NAME = "sandbox";
  private static final int MAX_NODES = 100;
  private static final int USAGE_WIDTH = 120;

  /** Which sandbox. */
  static final class Name {
    @Option(
        names = "--name",
        defaultValue = DEFAULT_NAME,
        paramLabel = "NAME",
        description = "name of the sandbox (default: ${DEFAULT-VALUE})")
    String value = DEFAULT_NAME;

    SandboxPaths paths() {
      if (!value.matches("[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?")) {
        throw new IllegalArgumentException(
            "--name " + value + ": a name has a-z, 0-9 and - (at most 22)");
      }
      return new SandboxPaths(value, SandboxPaths.DEFAULT_BASE);
    }
  }

  @Mixin private final Name name = new Name();

  @Option(
      names = "--nodes",
      defaultValue = "3",
      paramLabel = "N",
      description = "number of nodes (default: ${DEFAULT-VALUE})")
  private int nodes;

  @Option(
      names = "--workloads",
      defaultValue = "6",
      paramLabel = "N",
      description = "number of workloads (default: ${DEFAULT-VALUE})")
  private int workloads;

  @Option(
      names = "--etcd",
      paramLabel = "ENDPOINTS",
      description =
          "an etcd of your own, e.g. http://127.0.0.1:2379, instead of one that is started here")
  private @Nullable String etcd;

  @Option(
      names = "--policy",
      paramLabel = "DIR",
      description = "resources to apply, a file or directory (default: a three-tier application)")
  private @Nullable Path policy;

  @Option(
      names = "--topology",
      paramLabel = "FILE",
      description = "the workloads: YAML, workloads: [{name, namespace, labels, node}]")
  private @Nullable Path topology;

  @Option(
      names = "--expect",
      paramLabel = "FILE",
      description = "the matrix that must result, in the form in which it is printed")
  private @Nullable Path expect;

  @Option(names = "--no-color", description = "no ANSI colours")
  private boolean noColor;

  @Option(names = "--once", description = "run the steps, remove everything and exit")
  private boolean once;

  @Option(
      names = "--timeout",
      defaultValue = "60",
      paramLabel = "SECONDS",
      description = "for each step (default: ${DEFAULT-VALUE})")
  private int timeoutSeconds;

  /** Runs the command line. */
  public static int run(String... arguments) {
    return new CommandLine(new SandboxCommand())
        .setStopAtPositional(true)
        .setUsageHelpWidth(USAGE_WIDTH)
        .setExecutionExceptionHandler((e, command, _) -> report(e, command.getErr()))
        .execute(arguments);
  }

  private static int report(Exception e, PrintWriter err) {
    err.println("calico sandbox: " + e.getMessage());
    return switch (e) {
      case IllegalArgumentException _, Preflight.Missing _ -> 2;
      case SandboxException _, IOException _, DatastoreException _ -> 1;
      default -> {
        e.printStackTrace(err);
        yield 1;
      }
    };
  }

  @Override
  public Integer call() throws Exception {
    SandboxPaths paths = name.paths();
    SandboxOptions options = options();
    Preflight.check();
    refuseSecond(paths);
    boolean color = options.color();
    Progress progress = new Progress(System.out, color);
    Sandbox sandbox = new Sandbox(options, paths, Installation.current(), progress);
    Ending ending = Ending.onSignal(Thread.currentThread());
    try {
      boolean asExpected = sandbox.run();
      if (!once) {
        progress.show("\n" + sandbox.hints());
        ending.await();
      }
      return asExpected ? 0 : 1;
    } catch (IOException | RuntimeException | InterruptedException e) {
      if (ending.isAsked()) {
        return 0; // the step that was under way has been interrupted
      }
      throw e;
    } finally {
      ending.finish(sandbox);
    }
  }

  private SandboxOptions options() throws IOException {
    if (nodes < 1 || nodes > MAX_NODES) {
      throw new IllegalArgumentException("--nodes " + nodes + ": 1 to " + MAX_NODES);
    }
    if (workloads < 1) {
      throw new IllegalArgumentException("--workloads " + workloads + ": at least 1");
    }
    for (Path file : new Path[] {policy, topology, expect}) {
      if (file != null && !Files.exists(file)) {
        throw new IllegalArgumentException(file + ": no such file");
      }
    }
    Matrix expected = null;
    if (expect != null) {
      try {
        expected = Matrix.parse(Files.readString(expect));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(expect + ": " + e.getMessage(), e);
      }
    }
    boolean color = !noColor && isTerminal() && System.getenv("NO_COLOR") == null;
    return new SandboxOptions(
        name.value,
        topology == null ? Topology.standard(nodes, workloads) : Topology.read(topology, nodes),
        etcd,
        policy,
        expected,
        color,
        once,
        Duration.ofSeconds(timeoutSeconds));
  }

  /** Outside of a terminal there is no console, whatever the checker says. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  private void refuseSecond(SandboxPaths paths) throws IOException {
    var existing = SandboxState.read(paths.stateFile());
    if (existing.isEmpty()) {
      return;
    }
    boolean running = existing.get().supervisor().find().isPresent();
    String option = name.value.equals(DEFAULT_NAME) ? "" : " --name " + name.value;
    throw new SandboxException(
        "a sandbox named '%s' %s; reach it with: ./calico sandbox exec%s node1 COMMAND; remove it with: ./calico sandbox down%s; or choose another --name"
            .formatted(name.value, running ? "is up" : "was left behind", option, option));
  }

  /** {@code sandbox down}. */
  @Command(
      name = "down",
      mixinStandardHelpOptions = true,
      description = "Removes a sandbox: its processes, namespaces and files, and nothing else.")
  static final class Down implements Callable<Integer> {
    @Mixin private final Name name = new Name();

    @Override
    public Integer call() throws Exception {
      SandboxPaths paths = name.paths();
      var state = SandboxState.read(paths.stateFile());
      if (state.isEmpty()) {
        System.out.println("no sandbox named '" + name.value + "'");
        return 0;
      }
      state.get().supervisor().find().ifPresent(Removal::ask);
      Removal.remove(paths, state.get(), ProcessHandle.current());
      System.out.println("removed sandbox '" + name.value + "'");
      return 0;
    }
  }

  /** {@code sandbox exec}. */
  @Command(
      name = "exec",
      mixinStandardHelpOptions = true,
      description = "Runs a command in a node or workload.")
  static final class Exec implements Callable<Integer> {
    @Mixin private final Name name = new Name();

    @Parameters(index = "0", paramLabel = "NODE|WORKLOAD", description = "where")
    private String where = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND", description = "what")
    private List<String> command = List.of();

    @Override
    public Integer call() throws Exception {
      return SandboxExec.run(name.paths(), where, command);
    }
  }
}
