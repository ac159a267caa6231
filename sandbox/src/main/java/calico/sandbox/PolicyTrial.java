package calico.sandbox;

import calico.datastore.Datastore;
import calico.felix.PolicyTrace;
import calico.felix.calc.Decision;
import calico.felix.calc.Flow;
import calico.model.Family;
import calico.model.resource.Protocol;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Applies policy while every pair is being tried, and shows what it did: the matrix, how long after
 * the last write the last cell changed, and why one denied pair is denied.
 */
record PolicyTrial(
    Datastore datastore,
    Calicoctl calicoctl,
    Prober prober,
    Progress progress,
    SandboxOptions options) {
  private static final long SETTLED_NANOS = 1_500_000_000L;

  /**
   * Returns the matrix that results, in the first family that workloads have; others are to have
   * the same.
   *
   * @throws SandboxException naming the pairs, if one of them does not
   */
  Matrix apply(Path policies, Matrix before) throws IOException {
    Family family = prober.families().getFirst();
    try (PolicyWrites writes = PolicyWrites.watch(datastore)) {
      Prober.Changes changes = prober.watchChanges(before, family);
      String said = calicoctl.run("apply", "-f", policies.toString());
      long doneNanos = System.nanoTime();
      Waiting.await(
          options.stepTimeout(),
          "the policy to settle",
          () -> changes.quietNanos(doneNanos) > SETTLED_NANOS);
      Map<Matrix.Pair, Long> lastChange = changes.stop();
      progress.done("applied " + policies + ": " + said.strip().replace("\n", "; "));
      Matrix after = prober.measure(family);
      progress.show("\n" + after.print(options.color()) + "\n");
      progress.show(delay(before, after, lastChange, writes.lastNanos()));
      showOneDenial(after);
      compareOthers(family, after);
      return after;
    }
  }

  private void compareOthers(Family family, Matrix after) throws IOException {
    for (Family other : prober.families()) {
      List<String> differences =
          other == family ? List.of() : prober.measure(other).differencesFrom(after);
      if (!differences.isEmpty()) {
        throw new SandboxException(
            "%s is not as %s:\n  %s".formatted(other, family, String.join("\n  ", differences)));
      }
    }
  }

  private static String delay(
      Matrix before, Matrix after, Map<Matrix.Pair, Long> lastChange, long writtenNanos) {
    long last =
        lastChange.entrySet().stream()
            .filter(e -> before.allowed(e.getKey()) != after.allowed(e.getKey()))
            .mapToLong(Map.Entry::getValue)
            .max()
            .orElse(0);
    if (last == 0 || writtenNanos == 0) {
      return "no cell changed";
    }
    double millis = Math.max(0, (last - writtenNanos) / 1e6);
    return String.format(Locale.ROOT, "the last cell changed %.0f ms after the last write", millis);
  }

  private void showOneDenial(Matrix after) {
    Matrix.pairs(after.names()).stream()
        .filter(pair -> !after.allowed(pair))
        .findFirst()
        .ifPresent(
            pair -> {
              Decision why =
                  PolicyTrace.of(
                      datastore,
                      Flow.of(
                          peer(pair.from()), peer(pair.to()), Protocol.TCP.number(), Prober.PORT));
              progress.show("why not " + pair + ":\n" + why.toString().indent(2).stripTrailing());
            });
  }

  private Flow.Peer peer(String workload) {
    Topology.WorkloadSpec spec = options.topology().workload(workload);
    return new Flow.Peer.Named(spec.namespace() + "/" + spec.name());
  }
}
