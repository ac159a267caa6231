package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

final class CompletionCommand implements Verb {
  static final List<String> SHELLS = List.of("bash", "zsh", "fish");

  private final Session session;

  String shell = "";

  CompletionCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command completion) {
    completion
        .description(
            "Print a script that makes a shell complete calicoctl's commands, options, kinds, names"
                + " of resources and namespaces.",
            "Names are those of the datastore; if that does not answer within two seconds, none.")
        .parameter("SHELL", "bash, zsh or fish.", v -> shell = v)
        .examples(
            "calicoctl completion bash > /etc/bash_completion.d/calicoctl",
            "source <(calicoctl completion bash)",
            "source <(calicoctl completion zsh)",
            "calicoctl completion fish | source");
  }

  @Override
  public Integer call() {
    if (!SHELLS.contains(shell)) {
      throw new CommandException(
          "no completion for shell '%s': choose from %s"
              .formatted(shell, String.join(", ", SHELLS)));
    }
    try (InputStream in = CompletionCommand.class.getResourceAsStream("completion." + shell)) {
      if (in == null) {
        throw new IllegalStateException("completion." + shell + " is missing from the build");
      }
      session.out().print(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
