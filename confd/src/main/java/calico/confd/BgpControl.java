package calico.confd;

import java.nio.file.Path;
import java.util.List;

/** What can be asked of a BGP daemon that runs. Can be used by any thread. */
public interface BgpControl {
  /** Where it is asked. */
  Path socket();

  DaemonStatus status() throws BgpDaemonException;

  /** The sessions that confd has configured, and that the daemon has. */
  List<BgpSession> sessions() throws BgpDaemonException;

  /** All routes that the daemon has, those of other sources than BGP too. */
  List<BgpRoute> routes() throws BgpDaemonException;
}
