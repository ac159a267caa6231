package calico.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the machine was like before the node daemon came, in a file of {@code KIND VALUE} lines:
 *
 * <pre>
 *   sysctl ipv4/ip_forward 0       a setting below /proc/sys/net
 *   directory /opt/cni/bin         did not exist
 *   file /opt/cni/bin/calico       was written by the daemon, outside of its own directories
 * </pre>
 */
final class Footprint {
  private static final Logger LOG = LoggerFactory.getLogger(Footprint.class);
  private static final Path SYSCTLS = Path.of("/proc/sys/net");

  /** What Felix sets for the whole host. */
  private static final List<String> SETTINGS =
      List.of("ipv4/ip_forward", "ipv6/conf/all/forwarding", "ipv4/conf/all/src_valid_mark");

  private final Path file;

  Footprint(NodePaths paths) {
    this.file = paths.lib().resolve("footprint");
  }

  Path file() {
    return file;
  }

  /**
   * Writes down how things are, unless an earlier start has.
   *
   * @param directories that the daemon will make, where they are missing
   */
  void remember(Stream<Path> directories) throws IOException {
    if (Files.exists(file)) {
      return;
    }
    List<String> lines = new ArrayList<>();
    for (String setting : SETTINGS) {
      Path path = SYSCTLS.resolve(setting);
      if (Files.isReadable(path)) {
        lines.add("sysctl " + setting + " " + Files.readString(path).strip());
      }
    }
    directories.flatMap(Footprint::missing).distinct().forEach(d -> lines.add("directory " + d));
    Files.createDirectories(file.getParent());
    Files.write(file, lines);
  }

  /** Takes note of a file that the daemon is about to write. */
  void willWrite(Path written) throws IOException {
    String line = "file " + written.toAbsolutePath();
    if (!Files.exists(file) || !Files.readAllLines(file).contains(line)) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }

  /** The directory and those above it, as far as they do not exist. */
  private static Stream<Path> missing(Path directory) {
    return Stream.iterate(
        directory.toAbsolutePath(), d -> d != null && !Files.exists(d), Path::getParent);
  }

  /** Makes the settings what they were, and removes what has come since; directories if empty. */
  void restore() throws IOException {
    if (!Files.exists(file)) {
      LOG.warn("{} is missing: settings of the kernel stay as they are", file);
      return;
    }
    List<Path> made = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      String[] words = line.split(" ", 3);
      if (words[0].equals("sysctl") && words.length == 3) {
        set(SYSCTLS.resolve(words[1]), words[2]);
      } else if (words[0].equals("directory")) {
        made.add(Path.of(line.substring("directory ".length())));
      } else if (words[0].equals("file")) {
        Files.deleteIfExists(Path.of(line.substring("file ".length())));
      }
    }
    Files.delete(file);
    made.sort(Comparator.comparingInt(Path::getNameCount).reversed());
    made.forEach(Footprint::removeIfEmpty);
  }

  private static void set(Path setting, String value) throws IOException {
    if (!Files.readString(setting).strip().equals(value)) {
      Files.writeString(setting, value);
      LOG.info("setting restored: {}={}", setting, value);
    }
  }

  private static void removeIfEmpty(Path directory) {
    try {
      Files.deleteIfExists(directory);
    } catch (DirectoryNotEmptyException _) {
      LOG.info("{} stays: it holds files of others", directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
