package calico.felix.dataplane;

import calico.netlink.NetlinkSocket;
import calico.netlink.route.NetworkEvent;
import calico.reconcile.EventLoop;
import calico.reconcile.Target;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What one process sees of a kernel that is played, in virtual time. */
final class FakeEnvironment implements Environment {
  private final EventLoop loop;
  private final RandomGenerator random;
  private final FakeKernel kernel;
  private final FakeKernel.Faults faults;
  private final Target<Path, String> settings;
  private @Nullable Consumer<NetworkEvent> network;
  private @Nullable IntConsumer ruleset;
  private Runnable rulesetOverrun = () -> {};

  /**
   * Of a process that begins now.
   *
   * @param onError gets what a task of the loop throws
   */
  FakeEnvironment(
      VirtualTime time,
      RandomGenerator random,
      FakeKernel kernel,
      FakeKernel.Faults faults,
      Target<Path, String> settings,
      Consumer<Throwable> onError) {
    this.loop = new EventLoop(time, time::nanoTime, onError);
    this.random = random;
    this.kernel = kernel;
    this.faults = faults;
    this.settings = settings;
  }

  /** The process is told that something happened, if it listens. */
  void tell(NetworkEvent event) {
    if (network != null) {
      network.accept(event);
    }
  }

  /** The process is told of a commit, if it listens. */
  void committed(int generation) {
    if (ruleset != null) {
      ruleset.accept(generation);
    }
  }

  /** The process is told that there were commits. */
  void missedCommits() {
    rulesetOverrun.run();
  }

  @Override
  public EventLoop loop() {
    return loop;
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public NetlinkSocket socket(int protocol) {
    return new NetlinkSocket(kernel.socket(faults));
  }

  @Override
  public Target<Path, String> settings() {
    return settings;
  }

  @Override
  public Runnable watchNetwork(Consumer<NetworkEvent> listener) {
    network = listener;
    return () -> network = null;
  }

  @Override
  public Runnable watchRuleset(IntConsumer onGeneration, Runnable onOverrun) {
    ruleset = onGeneration;
    rulesetOverrun = onOverrun;
    return () -> {
      ruleset = null;
      rulesetOverrun = () -> {};
    };
  }
}
