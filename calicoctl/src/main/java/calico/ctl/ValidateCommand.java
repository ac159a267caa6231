package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import java.util.List;

final class ValidateCommand implements Verb {
  private final Session session;

  FileOptions files = new FileOptions();

  ValidateCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command validate) {
    validate
        .description("Check the resources of a file. The datastore is neither needed nor touched.")
        .include(files)
        .examples("calicoctl validate -f policy.yaml");
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
