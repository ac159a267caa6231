package calico.sandbox;

import calico.model.Family;

/** What a cluster on a routed fabric is told of it: a pure function of the fabric. */
final class FabricResources {
  private FabricResources() {}

  /**
   * No mesh; Nodes with their rack as label and AS number; and BGPPeers of each rack's nodes with
   * the rack's routers.
   */
  static String yaml(Fabric fabric) {
    StringBuilder out =
        new StringBuilder(
            """
            apiVersion: projectcalico.org/v3
            kind: BGPConfiguration
            metadata: {name: default}
            spec: {nodeToNodeMeshEnabled: false}
            """);
    for (Fabric.Node node : fabric.nodes()) {
      out.append(
          """
          ---
          apiVersion: projectcalico.org/v3
          kind: Node
          metadata: {name: %s, labels: {rack: '%d'}}
          spec: {bgp: {asNumber: %d}}
          """
              .formatted(node.name(), node.rack(), node.as()));
    }
    for (Fabric.Router router : fabric.routers()) {
      if (router.rackSide() != null) {
        for (Family family : Family.values()) {
          out.append(peer(router, router.rackSide(), family, isFirst(fabric, router)));
        }
      }
    }
    return out.toString();
  }

  /** Whether the nodes' own addresses are on the router's side. */
  private static boolean isFirst(Fabric fabric, Fabric.Router router) {
    return fabric.nodes().stream()
        .filter(node -> node.rack() == router.rack())
        .allMatch(node -> node.uplinks().getFirst().gateway().equals(router.rackSide()));
  }

  private static String peer(
      Fabric.Router router, Fabric.Addresses address, Family family, boolean ownAddress) {
    return """
    ---
    apiVersion: projectcalico.org/v3
    kind: BGPPeer
    metadata: {name: %s-%s}
    spec: {nodeSelector: rack == '%d', peerIP: '%s', asNumber: %d%s}
    """
        .formatted(
            router.name(),
            family.keyName(),
            router.rack(),
            address.of(family).ip(),
            router.as(),
            ownAddress ? "" : ", sourceAddress: None");
  }
}
