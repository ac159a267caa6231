package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.model.GoDuration;
import calico.model.key.ResourceKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

final class WaitCommand implements Verb {
  /** What kubectl makes of a negative time. */
  private static final Duration LONGEST = Duration.ofDays(7);

  private final Session session;

  String kind = "";
  List<String> names = new ArrayList<>();
  String expected = "";
  String timeout = "30s";
  NamespaceOption namespace = new NamespaceOption();
  DatastoreOptions connection = new DatastoreOptions();

  WaitCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command wait) {
    wait.description("Wait until resources exist, are gone, or have a condition or a value.")
        .parameter("KIND", "Such as ippool.", v -> kind = v)
        .parameter("NAME...", "Which of them.", names::add)
        .requiredOption(
            "--for=WHAT",
            "create, delete, condition=NAME[=STATUS] (default: true) or jsonpath={PATH}[=VALUE].",
            v -> expected = v)
        .option(
            "--timeout=TIME",
            "Such as 30s (default), 5m; 0 looks once, a negative time waits for a week. For all"
                + " resources together.",
            v -> timeout = v)
        .include(namespace)
        .include(connection)
        .notes("Exit status: 0 if that became so, 1 if it did not within the time.")
        .examples(
            "calicoctl wait ippool default-ipv4-ippool --for=condition=Allocatable",
            "calicoctl wait node n1 --for=create --timeout=5m",
            "calicoctl wait wep n1-k8s-web-eth0 -n shop --for=delete",
            "calicoctl wait ippool p --for='jsonpath={.spec.disabled}=true' --timeout=10s");
  }

  @Override
  public Integer call() {
    Expectation expectation = Expectation.parse(expected);
    long end = System.nanoTime() + limit(timeout).toNanos();
    List<ResourceKey<?>> keys = new ArrayList<>();
    for (String name : names) {
      keys.add(Target.key(kind, name, namespace.namespace));
    }
    try (Datastore datastore = connection.open(session)) {
      ResourceWait wait = new ResourceWait(datastore);
      for (ResourceKey<?> key : keys) {
        if (!wait.await(key, expectation, end - System.nanoTime())) {
          throw new CommandException(
              "timed out waiting for %s on %s/%s after %s"
                  .formatted(expected, key.kind().plural(), key.name(), timeout));
        }
        session.out().println(shown(key) + " condition met");
      }
    }
    return 0;
  }

  private static String shown(ResourceKey<?> key) {
    return key.kind().name().toLowerCase(Locale.ROOT) + "/" + key.name();
  }

  private static Duration limit(String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    try {
      Duration given = GoDuration.parse(text);
      return given.isNegative() ? LONGEST : given;
    } catch (IllegalArgumentException e) {
      throw new CommandException(
          "--timeout='%s': a time is expected, such as 30s or 5m".formatted(text));
    }
  }
}
