package calico.ctl;

import calico.cli.Command;
import calico.cli.Options;

/** The verbs below {@code calicoctl node}. */
record NodeCommands(Session session) implements Options {
  @Override
  public void declare(Command node) {
    node.description("Looks at the node that this runs on.")
        .command("status", () -> new NodeStatusCommand(session))
        .command("diags", () -> new NodeDiagsCommand(session))
        .command("checksystem", () -> new CheckSystemCommand(session))
        .command("run", () -> new NodeRunCommand(session))
        .examples("calicoctl node status", "calicoctl node checksystem");
  }
}
