package calico.node;

import calico.model.json.Json;
import calico.reconcile.EventLoop;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What container runtimes need to find the CNI plugin: its executables in CNI_BIN_DIR and a network
 * configuration in CNI_NET_DIR, under upstream's variables. Both are written when the node serves,
 * and again whenever somebody changed or removed them.
 */
final class CniInstallation implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CniInstallation.class);
  private static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final Duration RUNS_WITHIN = Duration.ofSeconds(10);
  private static final File NOTHING = new File("/dev/null");
  private static final Pattern PLACEHOLDER = Pattern.compile("__[A-Z0-9_]+?__");
  private static final List<String> EXECUTABLES = List.of("calico", "calico-ipam");

  private static final String OURS =
      "    {\"type\": \"calico\", \"ipam\": {\"type\": \"calico-ipam\"}}";

  /** Plugins that follow ours where the machine has them. */
  private static final Map<String, String> CHAINED = new TreeMap<>();

  static {
    CHAINED.put(
        "bandwidth", "    {\"type\": \"bandwidth\", \"capabilities\": {\"bandwidth\": true}}");
    CHAINED.put(
        "portmap",
        "    {\"type\": \"portmap\", \"snat\": true, \"capabilities\": {\"portMappings\": true}}");
  }

  private final NodeSettings settings;
  private final Footprint footprint;
  private final Path executables;
  private final Map<String, Path> sources = new HashMap<>();
  private final Path bin;
  private final Path net;
  private final EventLoop loop =
      new EventLoop("cni-installation", e -> LOG.error("the CNI plugin cannot be installed", e));
  private String lastProblem = "";

  /**
   * @param executables directory that holds ours, and in {@code java} those that run on Java
   */
  CniInstallation(NodeSettings settings, NodePaths paths, Path executables) {
    this.settings = settings;
    this.footprint = new Footprint(paths);
    this.executables = executables;
    this.bin = directories(settings, paths).getFirst();
    this.net = directories(settings, paths).getLast();
  }

  /** For executables and for configurations. */
  static List<Path> directories(NodeSettings settings, NodePaths paths) {
    return List.of(
        directory(settings, paths, "CNI_BIN_DIR", "/opt/cni/bin"),
        directory(settings, paths, "CNI_NET_DIR", "/etc/cni/net.d"));
  }

  /** With the executables of the distribution that runs. */
  static CniInstallation of(NodeSettings settings, NodePaths paths) {
    return new CniInstallation(
        settings, paths, Path.of(System.getProperty("calico.home", ""), "cni").toAbsolutePath());
  }

  /**
   * Whether there is anything to install: with a network of somebody else's, only policy is ours.
   */
  static boolean isWanted(NodeSettings settings) {
    return !settings.backend().equals("none") && settings.flag("CALICO_MANAGE_CNI", true);
  }

  /** In a container the host's directory is mounted below /host, as in upstream's manifests. */
  private static Path directory(
      NodeSettings settings, NodePaths paths, String variable, String usual) {
    String path = settings.get(variable, usual).replaceFirst("^/+", "");
    Path mounted = paths.root().resolve("host").resolve(path);
    return Files.isDirectory(mounted) ? mounted : paths.root().resolve(path);
  }

  /** The network configuration's file. */
  private Path configuration() {
    return net.resolve(settings.get("CNI_CONF_NAME", "10-calico.conflist"));
  }

  void start() {
    loop.execute(this::look);
  }

  private void look() {
    String problem = "";
    try {
      install();
    } catch (IOException | IllegalArgumentException e) {
      problem = String.valueOf(e);
    }
    if (!problem.equals(lastProblem) && !problem.isEmpty()) {
      LOG.warn("the CNI plugin is not installed as it should be, trying again: {}", problem);
    }
    lastProblem = problem;
    loop.schedule(INTERVAL, this::look);
  }

  /**
   * Installs what is missing or different.
   *
   * @throws IllegalArgumentException if the network configuration that is given is wrong
   */
  void install() throws IOException {
    Files.createDirectories(bin);
    Files.createDirectories(net);
    List<String> skipped = Arrays.asList(settings.get("SKIP_CNI_BINARIES", "").split(",", -1));
    for (String name : EXECUTABLES) {
      Path target = bin.resolve(name);
      boolean kept = !settings.flag("UPDATE_CNI_BINARIES", true) && Files.exists(target);
      if (!kept && !skipped.contains(name)) {
        installExecutable(source(name), target);
      }
    }
    byte[] wanted = network().getBytes(StandardCharsets.UTF_8);
    Path file = configuration();
    if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), wanted)) {
      replace(file, path -> writePrivately(path, wanted));
      LOG.info("CNI network configuration written: file={}", file);
    }
    String old = settings.get("CNI_OLD_CONF_NAME", "");
    if (!old.isEmpty()
        && !net.resolve(old).equals(file)
        && Files.deleteIfExists(net.resolve(old))) {
      LOG.info("old CNI network configuration removed: file={}", net.resolve(old));
    }
  }

  /** The program in C; if it does not run here, the script that starts Java. */
  private Path source(String name) {
    return sources.computeIfAbsent(
        name,
        _ -> {
          Path program = executables.resolve(name);
          Path script = executables.resolve("java").resolve(name);
          if (!Files.exists(script) || runs(program)) {
            return program;
          }
          LOG.warn("CNI executable does not run here, using the one in Java: file={}", program);
          return script;
        });
  }

  /** Whether it says which versions of CNI it speaks. */
  private static boolean runs(Path program) {
    ProcessBuilder builder =
        new ProcessBuilder(program.toString())
            .redirectInput(Redirect.from(NOTHING))
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.DISCARD);
    builder.environment().put("CNI_COMMAND", "VERSION");
    try {
      Process process = builder.start();
      if (process.waitFor(RUNS_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
        return process.exitValue() == 0;
      }
      process.destroyForcibly();
    } catch (IOException e) {
      LOG.debug("{}", e.toString());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  /** A script finds what it runs from where it is, so it is linked to. */
  private void installExecutable(Path source, Path target) throws IOException {
    if (isScript(source)) {
      if (!Files.isSymbolicLink(target) || !Files.readSymbolicLink(target).equals(source)) {
        replace(target, path -> Files.createSymbolicLink(path, source));
        LOG.info("CNI executable linked: file={} to={}", target, source);
      }
    } else if (!isCopy(source, target)) {
      replace(target, path -> Files.copy(source, path, StandardCopyOption.COPY_ATTRIBUTES));
      LOG.info("CNI executable installed: file={}", target);
    }
  }

  private static boolean isScript(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(2), new byte[] {'#', '!'});
    }
  }

  /** A copy has the time of what it was made from. */
  private static boolean isCopy(Path source, Path target) throws IOException {
    try {
      return !Files.isSymbolicLink(target)
          && Files.isExecutable(target)
          && Files.size(source) == Files.size(target)
          && Files.getLastModifiedTime(source).equals(Files.getLastModifiedTime(target));
    } catch (NoSuchFileException _) {
      return false;
    }
  }

  /** Makes a file. */
  private interface Maker {
    Path make(Path path) throws IOException;
  }

  /** Nobody ever sees half a file, and who runs the old one goes on. */
  private void replace(Path file, Maker maker) throws IOException {
    footprint.willWrite(file);
    Path temporary = file.resolveSibling("." + file.getFileName() + ".new");
    Files.deleteIfExists(temporary);
    Files.move(maker.make(temporary), file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** It may hold a token. */
  private static Path writePrivately(Path file, byte[] content) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.write(file, content);
  }

  private String network() throws IOException {
    String file = settings.get("CNI_NETWORK_CONFIG_FILE", "");
    String given =
        file.isEmpty() ? settings.get("CNI_NETWORK_CONFIG", "") : Files.readString(Path.of(file));
    String text = given.isBlank() ? usual() : filled(given);
    try {
      Object _ = Json.parse(text);
      return text;
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          (file.isEmpty() ? "CNI_NETWORK_CONFIG" : file) + " is not JSON: " + e.getMessage(), e);
    }
  }

  private String usual() {
    List<String> plugins = new ArrayList<>(List.of(OURS));
    CHAINED.forEach(
        (name, plugin) -> {
          if (Files.isExecutable(bin.resolve(name))) {
            plugins.add(plugin);
          }
        });
    return "{\"name\": \"k8s-pod-network\", \"cniVersion\": \"1.0.0\", \"plugins\": [\n"
        + String.join(",\n", plugins)
        + "]}\n";
  }

  /** With values instead of upstream's placeholders. */
  private String filled(String template) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("__KUBERNETES_NODE_NAME__", settings.nodeName());
    values.put("__CNI_MTU__", settings.get("CNI_MTU", "1500"));
    values.put(
        "__KUBECONFIG_FILEPATH__",
        settings.get("CNI_NET_DIR", "/etc/cni/net.d") + "/calico-kubeconfig");
    values.put("__DATASTORE_TYPE__", settings.get("DATASTORE_TYPE", "etcdv3"));
    values.put("__LOG_LEVEL__", settings.get("LOG_LEVEL", "info"));
    values.put("__LOG_FILE_PATH__", settings.get("LOG_FILE_PATH", "/var/log/calico/cni/cni.log"));
    values.put("__LOG_FILE_MAX_SIZE__", settings.get("LOG_FILE_MAX_SIZE", "100"));
    values.put("__LOG_FILE_MAX_AGE__", settings.get("LOG_FILE_MAX_AGE", "30"));
    values.put("__LOG_FILE_MAX_COUNT__", settings.get("LOG_FILE_MAX_COUNT", "10"));
    for (String name :
        List.of(
            "ETCD_ENDPOINTS",
            "ETCD_DISCOVERY_SRV",
            "ETCD_CA_CERT_FILE",
            "ETCD_CERT_FILE",
            "ETCD_KEY_FILE",
            "KUBERNETES_SERVICE_HOST",
            "KUBERNETES_SERVICE_PORT",
            "CALICO_API_GROUP")) {
      values.put("__" + name + "__", settings.get(name, ""));
    }
    values.put("__REQUIRE_MTU_FILE__", settings.get("REQUIRE_MTU_FILE", "false"));
    return PLACEHOLDER
        .matcher(template)
        .replaceAll(
            found -> {
              String value = values.get(found.group());
              if (value == null) {
                throw new IllegalArgumentException(
                    "the CNI network configuration has "
                        + found.group()
                        + ", for which there is no value");
              }
              return Matcher.quoteReplacement(value);
            });
  }

  @Override
  public void close() {
    loop.close();
  }
}
