package calico.confd;

import static calico.confd.BirdCluster.SOON;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real daemon that touches no routes. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BirdTest {
  private static final String HARMLESS = "router id 1.2.3.4;\nprotocol device { }\n";

  @TempDir Path directory;

  private Bird bird() {
    return new Bird(BirdPaths.in(directory), NetworkNamespace.CURRENT, new Random(1));
  }

  private void configuration(String text) throws Exception {
    Files.writeString(directory.resolve("bird.conf"), text);
  }

  @AfterEach
  void end() throws Exception {
    try (Bird bird = bird()) {
      bird.stop();
    }
  }

  @Test
  void runsInASessionOfItsOwn() throws Exception {
    configuration(HARMLESS);
    try (Bird bird = bird()) {
      bird.start();
      long pid = bird.pid().orElseThrow();
      bird.start();
      assertEquals(pid, bird.pid().orElseThrow());
      assertEquals("1.2.3.4", bird.control().status().routerId());
      // Field 6 of proc_pid_stat(5) is the session: signals to our terminal do not reach BIRD.
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      assertEquals(Long.toString(pid), stat.substring(stat.lastIndexOf(')') + 2).split(" ")[3]);
      assertEquals(
          List.of("device1"), bird.control().protocols().stream().map(BirdProtocol::name).toList());
    }
  }

  @Test
  void goesOnWithoutUsAndIsFoundAgain() throws Exception {
    configuration(HARMLESS);
    Bird first = bird();
    first.start();
    long pid = first.pid().orElseThrow();
    first.close();
    try (Bird second = bird()) {
      second.start();
      assertEquals(pid, second.pid().orElseThrow());
      ProcessHandle.of(pid).orElseThrow().destroyForcibly();
      Await.until("a restart", SOON, () -> second.pid().filter(now -> now != pid).isPresent());
    }
  }

  /** Starts a daemon and never ends by itself. */
  static final class Agent {
    public static void main(String[] arguments) throws Exception {
      new Bird(BirdPaths.in(Path.of(arguments[0]))).start();
      System.out.println("started");
      Thread.currentThread().join();
    }
  }

  @Test
  void survivesTheDeathOfTheJvm() throws Exception {
    configuration(HARMLESS);
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath,
                Agent.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertEquals("started", jvm.inputReader().readLine());
    String pid = Files.readString(directory.resolve("bird.pid")).strip();
    jvm.destroyForcibly().waitFor();
    try (Bird bird = bird()) {
      bird.start();
      assertEquals(pid, Long.toString(bird.pid().orElseThrow()));
    }
  }

  @Test
  void anotherProcessWithTheSamePidIsLeftAlone() throws Exception {
    configuration(HARMLESS);
    long ourselves = ProcessHandle.current().pid();
    Files.writeString(directory.resolve("bird.pid"), ourselves + "\n");
    try (Bird bird = bird()) {
      bird.stop();
      bird.start();
      assertNotEquals(ourselves, bird.pid().orElseThrow());
    }
  }

  @Test
  void aBrokenConfigurationIsReportedAndStartsOnceMended() throws Exception {
    configuration("nonsense;\n");
    try (Bird bird = bird()) {
      BgpDaemonException e = assertThrows(BgpDaemonException.class, bird::start);
      assertTrue(e.toString().contains("bird.conf:1"), e.toString());
      configuration(HARMLESS);
      Await.until("a start", SOON, () -> bird.pid().isPresent());
    }
  }

  @Test
  void downEndsIt() throws Exception {
    configuration(HARMLESS);
    Bird bird = bird();
    bird.start();
    bird.close(); // or it would be started again
    bird.control().down();
    Await.until("the end", SOON, () -> bird.pid().isEmpty());
    bird.stop();
  }

  @Test
  void stoppingWhatDoesNotRunDoesNothing() throws Exception {
    try (Bird bird = bird()) {
      bird.stop();
      assertTrue(bird.pid().isEmpty());
    }
  }

  @Test
  void aMissingProgramSaysWhatToInstall() {
    BgpDaemonException e =
        assertThrows(
            BgpDaemonException.class,
            () -> Bird.program(BirdPaths.in(directory)).binary(List.of("", directory.toString())));
    assertEquals("bird not found: install the package bird2", e.getMessage());
  }
}
