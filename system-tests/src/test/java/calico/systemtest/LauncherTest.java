package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script {@code ./calico} on a machine that lacks something: one line that says what and how to
 * get it, exit status 2. What is missing is hidden in a mount namespace of the test's own.
 */
class LauncherTest {
  private static final Path SCRIPT = Path.of("..", "calico").toAbsolutePath().normalize();
  private static final int TIMEOUT_SECONDS = 60;

  @TempDir Path empty;

  @Test
  void saysThatTheSandboxNeedsRoot() throws Exception {
    expect(
        "'sandbox' needs root",
        run("setpriv", "--reuid=65534", "--clear-groups", SCRIPT.toString(), "sandbox"));
  }

  @Test
  void saysThatThereIsNoJdk() throws Exception {
    expect(
        "no JDK 25 found",
        run(
            "sh",
            "-c",
            "mount --bind " + empty + " /usr/lib/jvm && JAVA_HOME= " + SCRIPT + " build"));
  }

  @Test
  void saysThatThereIsNoMaven() throws Exception {
    expect("Maven not found", run("sh", "-c", hide("mvn") + SCRIPT + " build"));
  }

  @Test
  void saysWhichPackageIsMissingAndCannotBeInstalled() throws Exception {
    expect(
        "missing: bird; install the packages that carry them (Debian, Ubuntu: apt-get install bird2)",
        run("sh", "-c", hide("bird") + hide("apt-get") + SCRIPT + " sandbox"));
  }

  @Test
  void saysWhatItCanDo() throws Exception {
    Distribution.Result help = run(SCRIPT.toString(), "--help");
    assertEquals(0, help.status(), help.output());
    assertTrue(help.output().contains("sandbox") && help.output().contains("test"), help.output());
    assertEquals(2, run(SCRIPT.toString()).status());
  }

  @Test
  void aDaemonLogsAsMuchAsItIsTold() throws Exception {
    String command =
        "FELIX_LOGSEVERITYSCREEN=Debug CALICO_JAVA_OPTS='-XshowSettings:properties --version' "
            + Distribution.HOME.resolve("bin/calico")
            + " felix";
    Distribution.Result result = run("sh", "-c", command);
    assertTrue(
        result.output().contains("org.slf4j.simpleLogger.defaultLogLevel = debug"),
        result.output());
  }

  /** Puts something that is not executable in the place of every program of that name. */
  private static String hide(String program) {
    return "for p in $(which -a "
        + program
        + "); do mount --bind /dev/null $(readlink -f $p); done; ";
  }

  private static void expect(String message, Distribution.Result result) {
    assertEquals(2, result.status(), result.output());
    assertTrue(
        result.output().startsWith("calico: ") && result.output().contains(message),
        result.output());
    assertEquals(1, result.output().lines().count(), result.output());
  }

  /** Runs a command in a mount namespace of its own. */
  private Distribution.Result run(String... command) throws IOException, InterruptedException {
    Path log = Files.createTempFile("calico-test", ".log");
    try {
      List<String> all = new ArrayList<>(List.of("unshare", "--mount"));
      all.addAll(List.of(command));
      Process process =
          new ProcessBuilder(all)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(log.toFile())
              .start();
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError(String.join(" ", command) + " did not end");
      }
      return new Distribution.Result(
          process.exitValue(), Files.readString(log, StandardCharsets.UTF_8));
    } finally {
      Files.delete(log);
    }
  }
}
