package calico.ctl;

import calico.cli.Command;
import calico.cli.Options;
import calico.cli.Verb;

/** The verbs below {@code calicoctl cluster}. */
record ClusterCommand() implements Options {
  @Override
  public void declare(Command cluster) {
    cluster
        .description("Looks at a cluster of Kubernetes.")
        .command("diags", Diags::new)
        .examples("calicoctl cluster diags --help");
  }

  private record Diags() implements Verb {
    private static final String IGNORED = "For upstream's scripts: without effect.";

    @Override
    public void declare(Command diags) {
      diags
          .description(
              "Not available: upstream's collects through kubectl what this version does not run"
                  + " there.",
              "'calicoctl node diags' collects from one node.")
          .option("--since[=VALUE]", IGNORED, _ -> {})
          .option("--max-logs[=VALUE]", IGNORED, _ -> {})
          .option("--max-parallelism[=VALUE]", IGNORED, _ -> {})
          .option("--focus-nodes[=VALUE]", IGNORED, _ -> {})
          .option("--skip-temp-dir-cleanup[=VALUE]", IGNORED, _ -> {})
          .examples("calicoctl cluster diags");
    }

    @Override
    public Integer call() {
      throw new CommandException(
          "cluster diags needs kubectl and a cluster whose components run in Kubernetes, which this"
              + " version's do not; run 'calicoctl node diags' on each node");
    }
  }
}
