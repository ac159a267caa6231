package calico.sandbox;

import calico.cli.Command;
import calico.cli.CommandLine;
import calico.cli.Failures;
import calico.cli.Options;
import calico.cli.Verb;
import calico.datastore.DatastoreException;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The command line of the sandbox. */
public final class SandboxCommand implements Verb {
  static final String DEFAULT_NAME = "sandbox";
  private static final int MAX_NODES = 100;
  private static final int DEFAULT_WORKLOADS = 6;

  /** Which sandbox. */
  private static final class Name implements Options {
    String value = DEFAULT_NAME;

    @Override
    public void declare(Command command) {
      command.option(
          "--name=NAME", "Name of the sandbox. Default: " + DEFAULT_NAME, v -> value = v);
    }

    SandboxPaths paths() {
      if (!value.matches("[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?")) {
        throw new IllegalArgumentException(
            "--name " + value + ": a name has a-z, 0-9 and - (at most 22)");
      }
      return new SandboxPaths(value, SandboxPaths.DEFAULT_BASE);
    }
  }

  private final Name name = new Name();
  private int nodes = 3;
  private int workloads = DEFAULT_WORKLOADS;
  private FabricKind fabric = FabricKind.L2;
  private Backend backend = Backend.BIRD;
  private @Nullable String etcd;
  private @Nullable Path policy;
  private @Nullable Path topology;
  private @Nullable Path expect;
  private boolean noColor;
  private boolean once;
  private int timeoutSeconds = 60;

  @Override
  public void declare(Command sandbox) {
    sandbox
        .description("Brings up a whole cluster on this machine and shows it working.")
        .command("down", () -> new Down(name))
        .command("exec", () -> new Exec(name))
        .include(name)
        .option("--nodes=N", "Number of nodes. Default: 3", v -> nodes = Command.number(v))
        .option(
            "--workloads=N", "Number of workloads. Default: 6", v -> workloads = Command.number(v))
        .option(
            "--fabric=NAME",
            "How nodes are connected: l2, one switch; l3, racks of up to four nodes, each with a"
                + " router and an AS; leaf-spine, racks in two planes, over which traffic is"
                + " spread and of which one is cut while it flows. Default: l2",
            v -> fabric = FabricKind.of(v))
        .option(
            "--backend=NAME",
            "How packets get from node to node: bird, as BGP says; or without BIRD: vxlan, in"
                + " VXLAN; cross-subnet, in VXLAN between racks; direct, as they are, on fabric l2."
                + " Default: bird",
            v -> backend = Backend.of(v))
        .option(
            "--etcd=ENDPOINTS",
            "An etcd of your own, such as http://127.0.0.1:2379, instead of one that is started"
                + " here.",
            v -> etcd = v)
        .option(
            "--policy=DIR",
            "Resources to apply, a file or directory. Default: a three-tier application",
            v -> policy = Path.of(v))
        .option(
            "--topology=FILE",
            "The workloads, in YAML: workloads: [{name, namespace, labels, node}]",
            v -> topology = Path.of(v))
        .option(
            "--expect=FILE",
            "The matrix that must result, in the form in which it is printed.",
            v -> expect = Path.of(v))
        .flag("--no-color", "No ANSI colours.", () -> noColor = true)
        .flag("--once", "Run the steps, remove everything and exit.", () -> once = true)
        .option(
            "--timeout=SECONDS",
            "For each step. Default: 60",
            v -> timeoutSeconds = Command.number(v))
        .notes(
            "Exit status: 0 as expected; 1 the matrix differs or a step failed; 2 something is"
                + " missing or wrong in the arguments.")
        .examples(
            "./calico sandbox           three nodes, six workloads, stays up until Ctrl-C",
            "./calico sandbox --once    the same, then removes everything",
            "./calico sandbox --policy my-policies/ --topology shop.yaml --expect shop.matrix --once",
            "                           test your own policies: exit status 1 if the matrix differs",
            "./calico sandbox --nodes 8 --fabric leaf-spine --once",
            "                           two racks in two planes: shares, a cut, what it loses",
            "./calico sandbox --fabric l3 --backend cross-subnet",
            "                           racks whose routers know nothing of workloads",
            "./calico sandbox exec web-1 ip route",
            "                           run a command in a workload (or node1, rack1, spine-a, ...)",
            "./calico sandbox down      remove a sandbox that was left behind");
  }

  /** Runs the command line. */
  public static int run(String... arguments) {
    Command sandbox = Command.root("calico sandbox", new SandboxCommand());
    return CommandLine.run(
        sandbox, arguments, System.out, Failures.besidesUsage(System.err, (e, _) -> report(e)));
  }

  private static int report(Throwable failure) {
    PrintStream err = System.err;
    err.println("calico sandbox: " + failure.getMessage());
    return switch (failure) {
      case IllegalArgumentException _, Preflight.Missing _ -> 2;
      case SandboxException _, IOException _, DatastoreException _ -> 1;
      default -> {
        failure.printStackTrace(err);
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
    if (backend == Backend.DIRECT && fabric != FabricKind.L2) {
      throw new IllegalArgumentException(
          "--backend direct needs --fabric l2: in %s nodes are in several subnets, and only BGP or a tunnel leads to their workloads"
              .formatted(fabric));
    }
    if (etcd != null && fabric != FabricKind.L2) {
      throw new IllegalArgumentException(
          "--etcd with --fabric %s: a routed fabric changes the cluster's BGPConfiguration, so it needs an etcd of its own"
              .formatted(fabric));
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
        fabric,
        backend,
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

  private record Down(Name name) implements Verb {
    @Override
    public void declare(Command down) {
      down.description("Removes a sandbox: its processes, namespaces and files, and nothing else.")
          .include(name)
          .examples("./calico sandbox down");
    }

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

  private static final class Exec implements Verb {
    private final Name name;
    private String where = "";
    private final List<String> command = new ArrayList<>();

    Exec(Name name) {
      this.name = name;
    }

    @Override
    public void declare(Command exec) {
      exec.description("Runs a command in a node, router or workload.")
          .optionsFirst()
          .parameter("NODE|ROUTER|WORKLOAD", "Where.", v -> where = v)
          .parameter("COMMAND...", "What, with its own options.", command::add)
          .include(name)
          .examples(
              "./calico sandbox exec web-1 ip route",
              "./calico sandbox exec node1 nft list ruleset");
    }

    @Override
    public Integer call() throws Exception {
      return SandboxExec.run(name.paths(), where, command);
    }
  }
}
