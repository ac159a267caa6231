package calico.cni;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Any other IPAM type: the executable of that name in CNI_PATH, called with the same variables and
 * input, as the CNI specification's section 4 says.
 */
final class IpamDelegate {
  static final String HOST_LOCAL = "host-local";
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private IpamDelegate() {}

  /**
   * Calls the plugin for the request's command, or for another one.
   *
   * @return what it printed
   * @throws CniException if it cannot be run, fails or does not end within a minute
   */
  static String call(String type, CniRequest request, CniRequest.Command command) {
    Path executable = find(type, request.variables().getOrDefault("CNI_PATH", ""));
    ProcessBuilder builder = new ProcessBuilder(executable.toString());
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(request.variables());
    builder.environment().put("CNI_COMMAND", command.name());
    try {
      Process process = builder.start();
      try (OutputStream in = process.getOutputStream()) {
        in.write(request.stdin().getBytes(StandardCharsets.UTF_8));
      }
      Thread watchdog = Thread.ofVirtual().start(() -> endAfter(process, LONGEST));
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = process.waitFor();
      watchdog.interrupt();
      if (status != 0) {
        throw failure(type, command, status, printed);
      }
      return printed;
    } catch (IOException e) {
      throw CniException.generic("cannot run IPAM plugin " + executable, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CniException.generic("interrupted in IPAM plugin " + executable, e);
    }
  }

  /**
   * Passes another command than ADD on to the network's plugin; not to {@code calico-ipam}, and not
   * before the version of the configuration that brought the command.
   *
   * @throws CniException as {@link #call} does
   */
  static void pass(NetConf conf, CniRequest request, CniRequest.Command command) {
    String type = conf.ipam().type();
    if (type.isEmpty()
        || type.equals(CalicoIpam.TYPE)
        || !CniVersions.has(command, conf.cniVersion())) {
      return;
    }
    CniRequest delegated =
        type.equals(HOST_LOCAL) ? HostLocal.withPodCidrs(request, () -> HostLocal.ANY) : request;
    String _ = call(type, delegated, command);
  }

  private static void endAfter(Process process, Duration limit) {
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException _) {
      // It ended in time.
    }
  }

  private static Path find(String type, String path) {
    if (type.isEmpty() || type.contains("/")) {
      throw CniException.badConfig("ipam.type", type, "must be the name of an IPAM plugin");
    }
    for (String directory : path.split(":", -1)) {
      Path candidate = Path.of(directory, type);
      if (!directory.isEmpty() && Files.isExecutable(candidate)) {
        return candidate;
      }
    }
    throw CniException.badConfig(
        "ipam.type", type, "there is no such executable in CNI_PATH '" + path + "'");
  }

  private static CniException failure(
      String type, CniRequest.Command command, int status, String printed) {
    String what = "IPAM plugin " + type + " failed at " + command;
    try {
      Fields error = Fields.parse(printed, "its answer");
      int code = error.number("code", CniException.GENERIC);
      return new CniException(code, what + ": " + error.text("msg", ""), error.text("details", ""));
    } catch (CniException | UncheckedIOException _) {
      return new CniException(
          CniException.GENERIC, what, "exit status " + status + ", printed '" + printed + "'");
    }
  }
}
