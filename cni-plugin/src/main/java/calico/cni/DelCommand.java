package calico.cni;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.resource.Resource;
import calico.model.resource.WorkloadEndpointSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Detaches a container: endpoint, wire, addresses, in this order, so that an address is free only
 * when nothing sends to it any more. Whatever is missing is as good as removed.
 */
final class DelCommand {
  private static final Logger LOG = LoggerFactory.getLogger(DelCommand.class);
  private static final int TRIES = 6;

  private final Datastore datastore;
  private final CalicoIpam calicoIpam;
  private final Wiring wiring;
  private final CniSettings settings;

  DelCommand(Datastore datastore, CalicoIpam calicoIpam, Wiring wiring, CniSettings settings) {
    this.datastore = datastore;
    this.calicoIpam = calicoIpam;
    this.wiring = wiring;
    this.settings = settings;
  }

  void run(CniRequest request, NetConf conf, Attachment attachment) {
    detach(request, attachment);
    String type = conf.ipam().type();
    if (type.equals(CalicoIpam.TYPE)) {
      calicoIpam.releaseAll(attachment);
    } else if (!type.isEmpty()) {
      String unused = IpamDelegate.call(type, request, CniRequest.Command.DEL);
      LOG.debug("IPAM plugin {} at DEL printed {}", type, unused);
    }
  }

  /** Removes endpoint and wire, but no addresses. */
  void detach(CniRequest request, Attachment attachment) {
    boolean ours = deleteEndpoint(attachment);
    // A pod's host interface is named by the pod: a new container of it may have it already.
    String hostName = ours ? attachment.hostInterface(settings.podInterfacePrefix()) : "";
    wiring.disconnect(hostName, request.netns(), attachment.ifName());
  }

  /** Whether no other container has the endpoint now. */
  private boolean deleteEndpoint(Attachment attachment) {
    for (int i = 1; ; i++) {
      Entry<Resource<WorkloadEndpointSpec>> endpoint =
          datastore.get(attachment.endpoint()).orElse(null);
      if (endpoint == null) {
        return !attachment.isPod();
      }
      String owner = endpoint.value().spec().containerID();
      if (owner != null && !owner.isEmpty() && !owner.equals(attachment.containerId())) {
        LOG.info("{} stays: it belongs to container {} now", attachment.endpoint(), owner);
        return false;
      }
      try {
        datastore.delete(endpoint.key(), endpoint.revision());
        return true;
      } catch (DatastoreException.DoesNotExist _) {
        return true;
      } catch (DatastoreException.Conflict e) {
        if (i == TRIES) {
          throw e;
        }
      }
    }
  }
}
