package calico.confd;

import calico.confd.DaemonProcess.Behaviour;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * A BIRD 2, one process for both address families; unless told otherwise, in the network namespace
 * of this process. One that is started again after its death keeps the routes in the kernel until
 * its peers are back (graceful restart).
 */
public final class Bird implements BgpDaemon {
  /** How long BIRD may take to answer a command: it is busy while it loads large tables. */
  private static final Duration ANSWER = Duration.ofSeconds(5);

  private final BirdPaths paths;
  private final NetworkNamespace namespace;
  private final BirdControl control;
  private final DaemonProgram program;
  private final Supervisor supervisor;

  public Bird(BirdPaths paths) {
    this(paths, NetworkNamespace.CURRENT, RandomGenerator.getDefault());
  }

  /**
   * @param namespace where it runs
   * @param random spreads the delays of restarts
   */
  public Bird(BirdPaths paths, NetworkNamespace namespace, RandomGenerator random) {
    this.paths = paths;
    this.namespace = namespace;
    this.control = new BirdControl(paths.socket(), ANSWER);
    this.program = program(paths);
    this.supervisor =
        new Supervisor(new DaemonProcess(program, namespace, new Invocation()), random);
  }

  static DaemonProgram program(BirdPaths paths) {
    return new DaemonProgram(
        "bird",
        "bird2",
        List.of("/usr/sbin", "/usr/local/sbin", "/sbin"),
        paths.pidFile(),
        paths.log());
  }

  private final class Invocation implements Behaviour {
    @Override
    public List<String> arguments(boolean recover) {
      List<String> arguments = new ArrayList<>(List.of("-f"));
      if (recover) {
        arguments.add("-R");
      }
      arguments.addAll(
          List.of(
              "-c", paths.config().toString(),
              "-s", paths.socket().toString(),
              "-P", paths.pidFile().toString()));
      return arguments;
    }

    @Override
    public DaemonStatus ask() throws BgpDaemonException {
      return control.status();
    }
  }

  public BirdPaths paths() {
    return paths;
  }

  @Override
  public String name() {
    return "BIRD";
  }

  @Override
  public Path config() {
    return paths.config();
  }

  @Override
  public BirdControl control() {
    return control;
  }

  /** The daemon's process id, or empty while it is not running. */
  public Optional<Long> pid() {
    return supervisor.pid();
  }

  @Override
  public BgpConfig render(BgpState state, ConfdConfig config) {
    return BirdConfig.of(state, config);
  }

  @Override
  public void check(Path candidate) throws BgpDaemonException, IOException {
    ShortCommand result =
        ShortCommand.run(List.of(program.binary().toString(), "-p", "-c", candidate.toString()));
    if (result.status() != 0) {
      throw new BgpDaemonException.Refused(
          "BIRD finds the new configuration invalid: " + result.words());
    }
  }

  @Override
  public void start() throws BgpDaemonException {
    supervisor.start();
  }

  /** A daemon that has to be started reads the file by itself. */
  @Override
  public void load() throws BgpDaemonException {
    if (pid().isEmpty()) {
      start();
    } else {
      control.configure();
    }
  }

  @Override
  public void stop() throws BgpDaemonException {
    supervisor.stop();
  }

  /** BIRD leaves its routes behind. */
  @Override
  public void retire() throws BgpDaemonException {
    if (!Files.exists(paths.pidFile())) {
      return;
    }
    stop();
    for (String family : List.of("-4", "-6")) {
      List<String> flush = new ArrayList<>(namespace.enter());
      flush.addAll(List.of("ip", family, "route", "flush", "proto", "bird"));
      try {
        ShortCommand result = ShortCommand.run(flush);
        if (result.status() != 0) {
          throw new BgpDaemonException(
              "BIRD's routes stay: %s: %s".formatted(String.join(" ", flush), result.words()),
              null);
        }
      } catch (IOException e) {
        throw new BgpDaemonException("BIRD's routes stay: " + e.getMessage(), e);
      }
    }
  }

  @Override
  public void close() {
    supervisor.close();
  }
}
