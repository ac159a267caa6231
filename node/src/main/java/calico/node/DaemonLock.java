package calico.node;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Held by a machine's one node daemon from its start on; goes with the process, however that ends.
 * Two would undo each other's work.
 */
record DaemonLock(FileChannel file) implements AutoCloseable {

  /**
   * Takes it.
   *
   * @param path of a file, which is made if need be; its directory is there
   * @throws IllegalStateException if another process has it
   */
  static DaemonLock take(Path path) throws IOException {
    FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = file.tryLock();
    if (lock == null) {
      file.close();
      throw new IllegalStateException(
          "a node daemon runs on this machine, which holds " + path + "; stop it first");
    }
    return new DaemonLock(file);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
