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
import java.util.Optional;
import java.util.Set;

/**
 * A BGP daemon's configuration file. It is replaced as a whole, and only by what the daemon has
 * found to be valid: {@link #stage} writes a candidate beside it and has it checked, {@link
 * #commit} renames.
 */
final class ConfigFile {
  /** It may hold passwords of sessions. */
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final BgpDaemon daemon;
  private final Path file;
  private final Path candidate;

  ConfigFile(BgpDaemon daemon) {
    this.daemon = daemon;
    this.file = daemon.config();
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
   * Writes a candidate and has the daemon check it.
   *
   * @throws BgpDaemonException.Refused with the daemon's words, if it would not take it
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
    daemon.check(candidate);
  }

  /** Puts the candidate in place of the file, in one step. */
  void commit() throws IOException {
    Files.move(candidate, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
