package calico.ctl;

import calico.cli.Command;
import calico.cli.Options;

/** The verbs below {@code calicoctl ipam}. */
record IpamCommand(Session session) implements Options {
  @Override
  public void declare(Command ipam) {
    ipam.description("Looks into the allocation of addresses, repairs and configures it.")
        .command("show", () -> new IpamShowCommand(session))
        .command("check", () -> new IpamCheckCommand(session))
        .command("release", () -> new IpamReleaseCommand(session))
        .command("configure", () -> new IpamConfigureCommand(session))
        .command("split", () -> new IpamSplitCommand(session))
        .examples("calicoctl ipam show", "calicoctl ipam check --show-problem-ips");
  }
}
