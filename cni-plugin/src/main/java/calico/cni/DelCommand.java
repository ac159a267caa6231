package calico.cni;

import java.util.concurrent.CompletableFuture;

/**
 * Detaches a container. Its addresses are released when its endpoint has gone and the host's end of
 * its wire is down, so that an address is free only when nothing sends to it any more; meanwhile
 * the wire is removed, which takes longer. Whatever is missing is as good as removed.
 */
final class DelCommand {
  private final Endpoints endpoints;
  private final CalicoIpam calicoIpam;
  private final Wiring wiring;
  private final CniSettings settings;

  DelCommand(Endpoints endpoints, CalicoIpam calicoIpam, Wiring wiring, CniSettings settings) {
    this.endpoints = endpoints;
    this.calicoIpam = calicoIpam;
    this.wiring = wiring;
    this.settings = settings;
  }

  /** Detaches. */
  void run(CniRequest request, NetConf conf, Attachment attachment, Stages stages) {
    CompletableFuture<Boolean> ours = stages.begin("endpoint", () -> endpoints.delete(attachment));
    // A pod's host interface is named by the pod: a new container of it may have it already.
    CompletableFuture<Boolean> wireIsOurs =
        attachment.isPod() ? ours : CompletableFuture.completedFuture(true);
    CompletableFuture<String> silence =
        wireIsOurs.thenCompose(
            is -> stages.begin("silence", () -> silence(is ? hostInterface(attachment) : "")));
    CompletableFuture<?> wire =
        silence.thenCompose(
            hostName -> stages.begin("wire", () -> disconnect(request, attachment, hostName)));
    try {
      boolean _ = Stages.join(ours);
      String _ = Stages.join(silence);
      stages.run("address", () -> release(request, conf, attachment));
    } finally {
      Stages.join(wire);
    }
  }

  private void release(CniRequest request, NetConf conf, Attachment attachment) {
    if (conf.ipam().type().equals(CalicoIpam.TYPE)) {
      calicoIpam.releaseAll(attachment);
    }
    IpamDelegate.pass(conf, request, CniRequest.Command.DEL);
  }

  /** Removes endpoint and wire, but no addresses. */
  void detach(CniRequest request, Attachment attachment) {
    boolean ours = endpoints.delete(attachment);
    String _ = disconnect(request, attachment, ours ? hostInterface(attachment) : "");
  }

  private String hostInterface(Attachment attachment) {
    return attachment.hostInterface(settings.podInterfacePrefix());
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
}
