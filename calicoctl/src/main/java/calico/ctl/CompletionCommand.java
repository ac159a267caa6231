package calico.ctl;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "completion",
    description = {
      "Print a script that makes a shell complete calicoctl's commands, options, kinds, names of"
          + " resources and namespaces.",
      "",
      "Names are those of the datastore; if that does not answer within two seconds, none."
    },
    footer = {
      "",
      "Examples:",
      "  calicoctl completion bash > /etc/bash_completion.d/calicoctl",
      "  source <(calicoctl completion bash)",
      "  source <(calicoctl completion zsh)",
      "  calicoctl completion fish | source"
    })
final class CompletionCommand implements Callable<Integer> {
  private static final List<String> SHELLS = List.of("bash", "zsh", "fish");

  private final Session session;

  @Parameters(index = "0", paramLabel = "SHELL", description = "bash, zsh or fish.")
  String shell = "";

  CompletionCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (!SHELLS.contains(shell)) {
      throw new CommandException(
          "no completion for shell '%s': choose from %s".formatted(shell, SHELLS));
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
