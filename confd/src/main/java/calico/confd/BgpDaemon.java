package calico.confd;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A BGP daemon that confd configures, and that is kept running once it has been started. Can be
 * used by any thread.
 */
public interface BgpDaemon extends AutoCloseable {

  /** Its name, for people. */
  String name();

  /** Its configuration file; its directory must be writable, candidates are checked there. */
  Path config();

  BgpControl control();

  /** What a node's BGP is to be, in the daemon's language. */
  BgpConfig render(BgpState state, ConfdConfig config);

  /**
   * Has the daemon's own program check a file.
   *
   * @throws BgpDaemonException.Refused with its words, if it would not take the file
   */
  void check(Path candidate) throws BgpDaemonException, IOException;

  /**
   * Adopts the daemon that is running, or starts one, and returns when it answers. From then on it
   * is kept running, also if this call fails. Needs a configuration file in place. Does nothing if
   * the daemon is running.
   *
   * @throws BgpDaemonException why it does not run
   */
  void start() throws BgpDaemonException;

  /**
   * Has the daemon run the configuration file; starts it if it does not run.
   *
   * @throws BgpDaemonException.Refused if it does not take it: it runs on with what it had
   */
  void load() throws BgpDaemonException;

  /** Ends the daemon, whoever started it, and no longer keeps it running. */
  void stop() throws BgpDaemonException;

  /** Ends the daemon for good, for another to take its place: its routes go too. */
  void retire() throws BgpDaemonException;

  /** No longer keeps the daemon running; it goes on. */
  @Override
  void close();
}
