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
      NetConf conf,
      Attachment attachment,
      @Nullable Entry<Resource<WorkloadEndpointSpec>> existing) {
    if (existing == null) {
      throw wrong(attachment, attachment.endpoint() + " does not exist");
    }
    WorkloadEndpointSpec endpoint = existing.value().spec();
    if (!attachment.containerId().equals(endpoint.containerID())) {
      throw wrong(
          attachment, attachment.endpoint() + " belongs to container " + endpoint.containerID());
    }
    List<String> networks = endpoint.ipNetworks();
    String missing =
        wiring.missing(
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
                conf.wireRoutes(),
                false));
    if (!missing.isEmpty()) {
      throw wrong(attachment, missing + " is missing");
    }
  }

  private static CniException wrong(Attachment attachment, String what) {
    return new CniException(
        CniException.GENERIC, "not attached: " + attachment, what + "; DEL and ADD it again");
  }
}
