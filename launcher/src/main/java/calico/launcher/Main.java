package calico.launcher;

import calico.cni.CniClient;
import calico.ctl.CalicoctlCommand;
import calico.felix.FelixCommand;
import calico.node.NodeCommand;
import calico.sandbox.SandboxCommand;
import java.util.Arrays;
import java.util.stream.Stream;

/** {@code calico COMMAND [ARGUMENT ...]}. */
public final class Main {
  private static final String USAGE =
      """
      usage: calico COMMAND [ARGUMENT ...]

        node      the node daemon: Felix, confd and the CNI service, with BIRD beside it
        felix     Felix by itself
        ctl       calicoctl
        sandbox   a whole cluster on this machine
        crds      prints the custom resource definitions, for Kubernetes
        cni       the CNI plugin, for machines without its native executable
        version   what this is

      calico COMMAND --help tells more.\
      """;

  private Main() {}

  /** Runs one command; the exit status is 2 if there is no such command. */
  public static void main(String[] arguments) throws Exception {
    String command = arguments.length == 0 ? "" : arguments[0];
    String[] rest =
        arguments.length == 0 ? arguments : Arrays.copyOfRange(arguments, 1, arguments.length);
    int status = run(command, rest);
    // A short run that went well just ends: System.exit looks for a logger in every jar first.
    if (status != 0 || !command.equals("ctl")) {
      System.exit(status);
    }
  }

  static int run(String command, String[] rest) throws Exception {
    return switch (command) {
      case "node" -> NodeCommand.run(rest);
      case "felix" -> FelixCommand.run(rest);
      case "ctl" -> CalicoctlCommand.run(rest, System.getenv(), System.in, System.out, System.err);
      case "crds" ->
          CalicoctlCommand.run(
              Stream.concat(Stream.of("crds"), Arrays.stream(rest)).toArray(String[]::new),
              System.getenv(),
              System.in,
              System.out,
              System.err);
      case "sandbox" -> SandboxCommand.run(rest);
      case "cni" -> {
        CniClient.main(rest);
        yield 0;
      }
      case "version", "--version" ->
          CalicoctlCommand.run(
              new String[] {"version", "--client"},
              System.getenv(),
              System.in,
              System.out,
              System.err);
      case "warm-up" -> WarmUp.run(rest);
      case "help", "--help", "-h" -> {
        System.out.println(USAGE);
        yield 0;
      }
      default -> {
        System.err.println(USAGE);
        yield 2;
      }
    };
  }
}
