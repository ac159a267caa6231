package calico.cni;

import calico.datastore.Datastore;
import calico.model.InterfaceAddress;
import calico.model.resource.Resource;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.List;

/** Tells whether what ADD did is still there. */
final class CheckCommand {
  private final Datastore datastore;
  private final Wiring wiring;
  private final CniSettings settings;

  CheckCommand(Datastore datastore, Wiring wiring, CniSettings settings) {
    this.datastore = datastore;
    this.wiring = wiring;
    this.settings = settings;
  }

  /**
   * Checks.
   *
   * @throws CniException naming what is missing
   */
  void run(CniRequest request, Attachment attachment) {
    Resource<WorkloadEndpointSpec> endpoint =
        datastore
            .get(attachment.endpoint())
            .orElseThrow(() -> missing(attachment, attachment.endpoint() + " does not exist"))
            .value();
    if (!attachment.containerId().equals(endpoint.spec().containerID())) {
      throw missing(
          attachment,
          attachment.endpoint() + " belongs to container " + endpoint.spec().containerID());
    }
    List<String> networks = endpoint.spec().ipNetworks();
    Wiring.Wire wire =
        new Wiring.Wire(
            attachment.hostInterface(settings.podInterfacePrefix()),
            request.netns(),
            attachment.ifName(),
            0,
            networks == null
                ? List.of()
                : networks.stream().map(n -> InterfaceAddress.parse(n).ip()).toList(),
            false);
    if (!wiring.isConnected(wire)) {
      throw missing(
          attachment,
          "interface "
              + wire.hostName()
              + ", or "
              + wire.containerName()
              + " with addresses "
              + wire.addresses()
              + " in "
              + wire.netns()
              + ", is not there");
    }
  }

  private static CniException missing(Attachment attachment, String what) {
    return new CniException(
        CniException.GENERIC, "not attached: " + attachment, what + "; DEL and ADD it again");
  }
}
