package calico.confd;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A program that runs as a daemon in the foreground.
 *
 * @param name file name of the program, e.g. "bird"
 * @param distributionPackage that carries it
 * @param directories where distributions put it, besides those of PATH
 * @param pidFile written by the daemon, and deleted by it at an orderly end; names the daemon: no
 *     two share it, and it is among the arguments
 * @param log what the daemon prints, appended
 */
record DaemonProgram(
    String name, String distributionPackage, List<String> directories, Path pidFile, Path log) {

  DaemonProgram {
    directories = List.copyOf(directories);
  }

  /**
   * The program's file.
   *
   * @throws BgpDaemonException if it is not installed
   */
  Path binary() throws BgpDaemonException {
    String path = System.getenv("PATH");
    List<String> places = new ArrayList<>();
    if (path != null) {
      places.addAll(Arrays.asList(path.split(File.pathSeparator)));
    }
    places.addAll(directories);
    return binary(places);
  }

  Path binary(List<String> places) throws BgpDaemonException {
    for (String directory : places) {
      Path candidate = Path.of(directory, name);
      if (!directory.isEmpty() && Files.isExecutable(candidate)) {
        return candidate;
      }
    }
    throw new BgpDaemonException(
        "%s not found: install the package %s".formatted(name, distributionPackage), null);
  }
}
