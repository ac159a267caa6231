package calico.confd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * FRR's shell, which talks to its daemons.
 *
 * @param run directory of their sockets
 */
record Vtysh(Path run) {
  /** What an answer starts with that says what is wrong. */
  private static final String WRONG = "%";

  /** What a daemon, or all of them ("") together, say to commands. */
  String ask(String daemon, List<String> commands) throws BgpDaemonException {
    List<String> line = new ArrayList<>(line(daemon));
    commands.forEach(command -> line.addAll(List.of("-c", command)));
    ShortCommand answer = run(line);
    if (answer.status() != 0) {
      throw new BgpDaemonException.Unavailable(
          "no answer from FRR's %s in %s: %s; is it running?"
              .formatted(daemon, run, answer.words()),
          null);
    }
    return answer.words();
  }

  /**
   * Has a daemon, or all of them, each take its part of a text. They do not stop at what is wrong.
   *
   * @throws BgpDaemonException.Refused with the first of their words, if they did not take all
   */
  void configure(String daemon, String text) throws BgpDaemonException {
    Path file = run.resolve(daemon + ".change");
    try {
      Files.deleteIfExists(file);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, text);
      List<String> line = new ArrayList<>(line(daemon));
      line.addAll(List.of("-f", file.toString()));
      refuse("FRR does not take the configuration: ", run(line));
    } catch (IOException e) {
      throw new BgpDaemonException("cannot write %s: %s".formatted(file, e), e);
    }
  }

  /** Looks at the grammar of a file, without any daemon. */
  void check(Path file) throws BgpDaemonException {
    List<String> line = new ArrayList<>(line(""));
    line.addAll(List.of("-C", "-f", file.toString()));
    refuse("FRR finds the new configuration invalid: ", run(line));
  }

  static void refuse(String what, ShortCommand result) throws BgpDaemonException.Refused {
    List<String> wrong = result.words().lines().filter(line -> line.contains(WRONG)).toList();
    if (!wrong.isEmpty()) {
      throw new BgpDaemonException.Refused(what + wrong.getFirst().strip());
    }
    if (result.status() != 0) {
      throw new BgpDaemonException.Refused(what + result.words());
    }
  }

  private List<String> line(String daemon) throws BgpDaemonException {
    String directory = run.toString();
    List<String> line =
        new ArrayList<>(
            List.of(
                Frr.program("vtysh", run, run).binary().toString(),
                "--config_dir",
                directory,
                "--vty_socket",
                directory));
    if (!daemon.isEmpty()) {
      line.addAll(List.of("-d", daemon));
    }
    return line;
  }

  private static ShortCommand run(List<String> line) throws BgpDaemonException {
    try {
      return ShortCommand.run(line);
    } catch (IOException e) {
      throw new BgpDaemonException("cannot run " + String.join(" ", line) + ": " + e, e);
    }
  }
}
