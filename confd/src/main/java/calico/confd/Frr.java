package calico.confd;

import calico.confd.DaemonProcess.Behaviour;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * FRR: zebra, which has the kernel's routes, staticd and bgpd. They start with nothing and are
 * given the configuration by FRR's shell, wholly to a daemon that is new, and else what has changed
 * ({@link FrrDifference}). The routes of a zebra that has died stay in the kernel, and zebra keeps
 * those of a bgpd that has died until its peers are back (graceful restart).
 */
public final class Frr implements BgpDaemon {
  /** In the configuration: a bgpd that starts advertises at once. */
  static final String NO_WAIT = "bgp graceful-restart select-defer-time 0";

  /** Instead of it, where a bgpd has died: its peers are heard first. */
  private static final String WAIT =
      "bgp graceful-restart select-defer-time " + NodeBgp.RESTART_WAIT_SECONDS;

  private static final String ZEBRA = "zebra";
  private static final String STATICD = "staticd";
  private static final String BGPD = "bgpd";

  /** For how long zebra keeps routes from before that nobody asks for again, in seconds. */
  private static final int KEEP_SECONDS = 60;

  private final FrrPaths paths;
  private final FrrControl control;
  private final Vtysh vtysh;
  private final Map<String, Supervisor> daemons = new LinkedHashMap<>();

  /** What the daemons have been given, or are to be given as they start. */
  private volatile @Nullable String text;

  public Frr(FrrPaths paths) {
    this(paths, NetworkNamespace.CURRENT, RandomGenerator.getDefault());
  }

  /**
   * @param namespace where they run
   * @param random spreads the delays of restarts
   */
  public Frr(FrrPaths paths, NetworkNamespace namespace, RandomGenerator random) {
    this.paths = paths;
    this.control = new FrrControl(paths.run());
    this.vtysh = new Vtysh(paths.run());
    for (String daemon : List.of(ZEBRA, STATICD, BGPD)) {
      DaemonProgram program = program(daemon, paths.pidFile(daemon), paths.log());
      DaemonProcess process = new DaemonProcess(program, namespace, new Part(daemon));
      daemons.put(daemon, new Supervisor(process, random));
    }
  }

  static DaemonProgram program(String name, Path pidFile, Path log) {
    List<String> directories = List.of("/usr/lib/frr", "/usr/sbin", "/usr/bin");
    return new DaemonProgram(name, "frr", directories, pidFile, log);
  }

  /** One of the daemons. */
  private final class Part implements Behaviour {
    private final String daemon;

    Part(String daemon) {
      this.daemon = daemon;
    }

    @Override
    public List<String> arguments(boolean recover) throws BgpDaemonException {
      prepareRun();
      List<String> arguments = new ArrayList<>(common(paths.pidFile(daemon)));
      arguments.addAll(List.of("-f", "/dev/null", "--log", "stdout"));
      arguments.addAll(List.of("--log-level", "informational"));
      if (daemon.equals(ZEBRA)) {
        arguments.addAll(List.of("-K", String.valueOf(KEEP_SECONDS)));
      } else if (daemon.equals(BGPD)) {
        List<String> listen = listen(wanted());
        arguments.addAll(List.of("-p", listen.getFirst()));
        listen.stream().skip(1).forEach(address -> arguments.addAll(List.of("-l", address)));
      }
      return arguments;
    }

    @Override
    public DaemonStatus ask() throws BgpDaemonException {
      return new DaemonStatus(control.version(daemon), "", "", "", false);
    }

    @Override
    public void started(boolean recover) throws BgpDaemonException {
      String all = wanted();
      vtysh.configure(daemon, recover ? all.replace(NO_WAIT, WAIT) : all);
    }
  }

  private List<String> common(Path pidFile) {
    return List.of(
        "-z", paths.zebraSocket().toString(),
        "--vty_socket", paths.run().toString(),
        "-i", pidFile.toString(),
        "-P", "0");
  }

  /** FRR's daemons give up root's rights, and need a directory of their own. */
  private void prepareRun() throws BgpDaemonException {
    try {
      Files.createDirectories(paths.run());
      Path none = paths.run().resolve("vtysh.conf");
      if (!Files.exists(none)) {
        Files.createFile(none);
      }
      own(paths.run());
    } catch (IOException e) {
      throw new BgpDaemonException(
          "cannot make %s a directory of FRR: %s".formatted(paths.run(), e), e);
    }
  }

  private static void own(Path path) throws IOException {
    var frr = path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("frr");
    Files.setOwner(path, frr);
  }

  private String wanted() throws BgpDaemonException {
    String known = text;
    if (known == null) {
      throw new BgpDaemonException("FRR has no configuration in " + paths.config(), null);
    }
    return known;
  }

  /** Port and addresses where bgpd is to listen; no address: on all. */
  private static List<String> listen(String text) {
    String first = text.lines().findFirst().orElse("");
    if (!first.startsWith(FrrConfig.LISTEN)) {
      return List.of(String.valueOf(BgpSettings.DEFAULT_PORT));
    }
    return Arrays.asList(first.substring(FrrConfig.LISTEN.length()).split(" "));
  }

  public FrrPaths paths() {
    return paths;
  }

  @Override
  public String name() {
    return "FRR";
  }

  @Override
  public Path config() {
    return paths.config();
  }

  @Override
  public FrrControl control() {
    return control;
  }

  /** bgpd's process id, or empty while it is not running. */
  public Optional<Long> pid() {
    return bgpd().pid();
  }

  private Supervisor bgpd() {
    return Objects.requireNonNull(daemons.get(BGPD));
  }

  @Override
  public BgpConfig render(BgpState state, ConfdConfig config) {
    return FrrConfig.of(state, config);
  }

  /** vtysh knows the grammar of all daemons, bgpd what is wrong beyond that. */
  @Override
  public void check(Path candidate) throws BgpDaemonException, IOException {
    prepareRun();
    vtysh.check(candidate);
    Path copy = paths.run().resolve("check.conf");
    Files.deleteIfExists(copy);
    Files.createFile(
        copy, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    own(copy);
    Files.writeString(copy, Files.readString(candidate));
    List<String> line = new ArrayList<>();
    line.add(program(BGPD, copy, copy).binary().toString());
    line.addAll(common(paths.pidFile("check")));
    line.addAll(List.of("-C", "-Z", "-f", copy.toString()));
    Vtysh.refuse("FRR finds the new configuration invalid: ", ShortCommand.run(line));
    Files.delete(copy);
  }

  @Override
  public synchronized void start() throws BgpDaemonException {
    text = read();
    for (Supervisor daemon : daemons.values()) {
      daemon.start();
    }
    if (!runs(wanted())) {
      replaceAll();
    }
  }

  @Override
  public synchronized void load() throws BgpDaemonException {
    String before = text;
    String next = read();
    if (before == null || daemons.values().stream().anyMatch(daemon -> daemon.pid().isEmpty())) {
      start();
      return;
    }
    text = next;
    try {
      change(before, next);
      if (!runs(next)) {
        replaceAll();
      }
    } catch (BgpDaemonException.Refused e) {
      text = before;
      replaceAll();
      throw e;
    }
  }

  /** A daemon that was started again meanwhile has the new text already, and wonders at changes. */
  private void change(String before, String next) throws BgpDaemonException {
    try {
      vtysh.configure("", FrrDifference.between(before, next));
    } catch (BgpDaemonException.Refused _) {
      replaceAll();
    }
    if (!listen(before).equals(listen(next))) {
      bgpd().replace();
    }
  }

  private boolean runs(String configuration) throws BgpDaemonException {
    String mark = control.mark();
    return !mark.isEmpty() && configuration.endsWith(" description " + mark + "\nexit\n");
  }

  private void replaceAll() throws BgpDaemonException {
    for (Supervisor daemon : daemons.values()) {
      daemon.replace();
    }
  }

  private String read() throws BgpDaemonException {
    try {
      return Files.readString(paths.config());
    } catch (IOException e) {
      throw new BgpDaemonException("cannot read %s: %s".formatted(paths.config(), e), e);
    }
  }

  @Override
  public synchronized void stop() throws BgpDaemonException {
    for (Supervisor daemon : new ArrayList<>(daemons.values()).reversed()) {
      daemon.stop();
    }
    try {
      Files.deleteIfExists(FrrPaths.bgpSocket(paths.run())); // FRR leaves it behind
    } catch (IOException e) {
      throw new BgpDaemonException("cannot delete bgpd's socket: " + e, e);
    }
  }

  /** zebra takes its routes with it. */
  @Override
  public void retire() throws BgpDaemonException {
    stop();
  }

  @Override
  public void close() {
    daemons.values().forEach(Supervisor::close);
  }
}
