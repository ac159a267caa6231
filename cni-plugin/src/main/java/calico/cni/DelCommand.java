package calico.cni;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.resource.Resource;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Detaches a container. Its addresses are released when its endpoint has gone and the host's end of
 * its wire is down, so that an address is free only when nothing sends to it any more; meanwhile
 * the wire is removed, which takes longer. Whatever is missing is as good as removed.
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

  /**
   * Detaches.
   *
   * @param existing the endpoint as it is, or null
   */
  void run(
      CniRequest request,
      NetConf conf,
      Attachment attachment,
      @Nullable Entry<Resource<WorkloadEndpointSpec>> existing,
      Stages stages) {
    // A pod's host interface is named by the pod: a new container of it may have it already.
    boolean ours = existing == null ? !attachment.isPod() : owns(attachment, existing);
    String hostName = ours ? attachment.hostInterface(settings.podInterfacePrefix()) : "";
    CompletableFuture<?> silence = stages.begin("silence", () -> silence(hostName));
    CompletableFuture<?> wire =
        silence.thenCompose(
            _ -> stages.begin("wire", () -> disconnect(request, attachment, hostName)));
    try {
      stages.run("endpoint", () -> deleteEndpoint(attachment, existing));
      Stages.join(silence);
      stages.run("address", () -> release(request, conf, attachment));
    } finally {
      Stages.join(wire);
    }
  }

  private void release(CniRequest request, NetConf conf, Attachment attachment) {
    String type = conf.ipam().type();
    if (type.equals(CalicoIpam.TYPE)) {
      calicoIpam.releaseAll(attachment);
    } else if (!type.isEmpty()) {
      IpamDelegate.release(type, request);
    }
  }

  /** Removes endpoint and wire, but no addresses. */
  void detach(CniRequest request, Attachment attachment) {
    boolean ours = deleteEndpoint(attachment, datastore.get(attachment.endpoint()).orElse(null));
    String hostName = ours ? attachment.hostInterface(settings.podInterfacePrefix()) : "";
    String _ = disconnect(request, attachment, hostName);
  }

  private String silence(String hostName) {
    if (!hostName.isEmpty()) {
      wiring.silence(hostName);
    }
    return hostName;
  }

  private String disconnect(CniRequest request, Attachment attachment, String hostName) {
    wiring.disconnect(hostName, request.netns(), attachment.ifName());
    return hostName;
  }

  private static boolean owns(
      Attachment attachment, Entry<Resource<WorkloadEndpointSpec>> endpoint) {
    String owner = endpoint.value().spec().containerID();
    return owner == null || owner.isEmpty() || owner.equals(attachment.containerId());
  }

  /** Whether no other container has the endpoint now. */
  private boolean deleteEndpoint(
      Attachment attachment, @Nullable Entry<Resource<WorkloadEndpointSpec>> read) {
    Entry<Resource<WorkloadEndpointSpec>> endpoint = read;
    for (int i = 1; ; i++) {
      if (endpoint == null) {
        return !attachment.isPod();
      }
      if (!owns(attachment, endpoint)) {
        LOG.info(
            "{} stays: it belongs to container {} now",
            attachment.endpoint(),
            endpoint.value().spec().containerID());
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
        endpoint = datastore.get(attachment.endpoint()).orElse(null);
      }
    }
  }
}
