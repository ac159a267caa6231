package calico.cni;

import calico.datastore.Entry;
import calico.model.InterfaceAddress;
import calico.model.resource.Resource;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells whether what ADD did is still there. */
final class CheckCommand {
  private final Wiring wiring;
  private final CniSettings settings;

  CheckCommand(Wiring wiring, CniSettings settings) {
    this.wiring = wiring;
    this.settings = settings;
  }

  /**
   * Checks.
   *
   * @throws CniException naming what is missing
   */
  void run(
      CniRequest request,
      Attachment attachment,
      @Nullable Entry<Resource<WorkloadEndpointSpec>> existing) {
    if (existing == null) {
      throw missing(attachment, attachment.endpoint() + " does not exist");
    }
    Resource<WorkloadEndpointSpec> endpoint = existing.value();
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
            0,
            null,
            networks == null
                ? List.of()
                : networks.stream().map(n -> InterfaceAddress.parse(n).ip()).toList(),
            List.of(),
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
