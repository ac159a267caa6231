package calico.confd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * BIRD's configuration file. It is replaced as a whole, and only by what BIRD has found to be
 * valid: {@link #stage} writes a candidate beside it and has it checked, {@link #commit} renames.
 */
final class ConfigFile {
  private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(10);

  /** It may hold passwords of sessions. */
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Path file;
  private final Path candidate;

  ConfigFile(Path file) {
    this.file = file;
    this.candidate = file.resolveSibling(file.getFileName() + ".new");
  }

  /** The text in place, or empty if there is no file yet. */
  Optional<String> read() throws IOException {
    try {
      return Optional.of(Files.readString(file));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
  }

  /**
   * Writes a candidate and has BIRD check it.
   *
   * @throws BgpDaemonException.Refused with BIRD's words, if it does not parse; the candidate is
   *     gone
   */
  void stage(String text) throws BgpDaemonException, IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.deleteIfExists(candidate);
    try (FileChannel channel =
        FileChannel.open(
            candidate,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            OWNER_ONLY)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(false);
    }
    check();
  }

  /** Puts the candidate in place of the file, in one step. */
  void commit() throws IOException {
    Files.move(candidate, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private void check() throws BgpDaemonException, IOException {
    Process process =
        new ProcessBuilder(
                List.of(BirdProcess.binary().toString(), "-p", "-c", candidate.toString()))
            .redirectErrorStream(true)
            .start();
    try {
      process.getOutputStream().close();
      String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(CHECK_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new BgpDaemonException.Unavailable(
            "bird -p did not end within " + CHECK_TIMEOUT, null);
      }
      if (process.exitValue() != 0) {
        throw new BgpDaemonException.Refused(
            "BIRD finds the new configuration invalid: " + words.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BgpDaemonException.Unavailable("interrupted while bird -p was checking", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
