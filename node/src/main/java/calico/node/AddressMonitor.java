package calico.node;

import calico.datastore.DatastoreException;
import calico.reconcile.EventLoop;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks again and again whether the node's addresses have changed, and has its Node follow. What
 * forbids the start of a node is only a warning here: the node goes on with the addresses it has.
 */
final class AddressMonitor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AddressMonitor.class);

  private final NodeResource node;
  private final Duration interval;
  private final EventLoop loop =
      new EventLoop("address-monitor", e -> LOG.error("addresses cannot be watched", e));

  AddressMonitor(NodeResource node, Duration interval) {
    this.node = node;
    this.interval = interval;
  }

  void start() {
    loop.schedule(interval, this::look);
  }

  private void look() {
    try {
      if (node.write()) {
        LOG.info("the node's addresses or settings have changed, and so has its Node");
      }
    } catch (NodeStartup.StartupException | DatastoreException | UncheckedIOException e) {
      LOG.warn("the node's addresses stay as they are: {}", e.getMessage());
    } finally {
      start();
    }
  }

  @Override
  public void close() {
    loop.close();
  }
}
