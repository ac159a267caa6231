package calico.ctl;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "validate",
    description = "Check the resources of a file. The datastore is neither needed nor touched.",
    footer = {"", "Examples:", "  calicoctl validate -f policy.yaml"})
final class ValidateCommand implements Callable<Integer> {
  private final Session session;

  @Mixin FileOptions files = new FileOptions();

  ValidateCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    List<Input> inputs = files.read(session, ResourceFiles.Check.ALL);
    if (inputs.isEmpty()) {
      session.out().println("No resources specified");
      return 0;
    }
    Outcome outcome =
        new Outcome(
            "validate", "validated", inputs.stream().map(i -> i.resource().kind().name()).toList());
    inputs.forEach(_ -> outcome.success());
    return outcome.report(session.out(), session.err());
  }
}
