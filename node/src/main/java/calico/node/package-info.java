/**
 * The node daemon: start-up, then Felix, confd and the CNI service in one JVM, with BIRD supervised
 * beside it.
 *
 * <p>Reading order: {@link calico.node.NodeCommand} (the command line), {@link
 * calico.node.NodeDaemon} (the wiring), {@link calico.node.NodeStartup} (what is written to the
 * datastore before anything runs), {@code NodeResource}, {@code AddressDetection}, {@code
 * DefaultPools}, {@code TunnelAddresses}, {@code NodeStatusReporter} (reports that CalicoNodeStatus
 * asks for), {@code CniInstallation}, {@code Footprint} and {@code Uninstall} (what the machine was
 * like, and is again), {@link calico.node.NodePaths} (every file it uses).
 *
 * <p>Invariant: start-up is idempotent. Ending the daemon, however rudely, leaves routes, policy
 * and BIRD in place; the next one takes them over.
 */
@NullMarked
package calico.node;

import org.jspecify.annotations.NullMarked;
