package calico.confd;

import java.util.List;

/** What can be asked of a BGP daemon that runs. Can be used by any thread. */
public interface BgpControl {
  DaemonStatus status() throws BgpDaemonException;

  /** The sessions that confd has configured, and that the daemon has. */
  List<BgpSession> sessions() throws BgpDaemonException;
}
