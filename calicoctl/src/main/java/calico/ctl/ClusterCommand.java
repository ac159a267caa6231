package calico.ctl;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "cluster",
    description = "Looks at a cluster of Kubernetes.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Examples:", "  calicoctl cluster diags --help"})
final class ClusterCommand implements Runnable {
  @Spec @Nullable CommandSpec spec;

  private ClusterCommand() {}

  static CommandLine of(Session session) {
    return new CommandLine(new ClusterCommand()).addSubcommand("diags", new Diags());
  }

  @Override
  public void run() {
    CalicoctlCommand.requireSubcommand(spec);
  }

  @Command(
      name = "diags",
      description = {
        "Not available: upstream's collects through kubectl what this version does not run there.",
        "",
        "'calicoctl node diags' collects from one node."
      },
      footer = {"", "Examples:", "  calicoctl cluster diags"})
  static final class Diags implements Callable<Integer> {
    @Option(
        names = {
          "--since",
          "--max-logs",
          "--max-parallelism",
          "--focus-nodes",
          "--skip-temp-dir-cleanup"
        },
        arity = "0..1",
        description = "For upstream's scripts: without effect.")
    @Nullable String ignored;

    @Override
    public Integer call() {
      throw new CommandException(
          "cluster diags needs kubectl and a cluster whose components run in Kubernetes, which this"
              + " version's do not; run 'calicoctl node diags' on each node");
    }
  }
}
