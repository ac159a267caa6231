package calico.node;

import calico.cli.Command;
import calico.cli.Verb;
import calico.model.GoDuration;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The command line of {@link NodeProbe}, under upstream's names. */
final class HealthCommand implements Verb {
  private static final int THRESHOLD_SECONDS = 30;

  private final Set<NodeProbe.Question> questions = EnumSet.noneOf(NodeProbe.Question.class);
  private Duration threshold = Duration.ofSeconds(THRESHOLD_SECONDS);

  @Override
  public void declare(Command health) {
    for (NodeProbe.Question question : NodeProbe.Question.values()) {
      health.flag("--" + question.flag, question.help, () -> questions.add(question));
    }
    health
        .option(
            "--threshold-time=DURATION",
            "How long after the daemon's start BIRD needs all its sessions to be ready; later one is"
                + " enough. Default: 30s",
            text -> threshold = GoDuration.parse(text))
        .description("Asks the node daemon that runs here how it is.");
  }

  boolean isAsked() {
    return !questions.isEmpty();
  }

  @Override
  public Integer call() {
    if (!isAsked()) {
      throw new IllegalArgumentException(
          "ask at least one question, such as --felix-live or --bird-ready");
    }
    Map<String, String> environment = System.getenv();
    NodePaths paths = new NodePaths(Path.of(environment.getOrDefault("CALICO_ROOT", "/")));
    List<String> wrong =
        new NodeProbe(paths, environment, Clock.systemUTC(), threshold).ask(questions);
    wrong.forEach(System.out::println);
    return wrong.isEmpty() ? 0 : 1;
  }
}
