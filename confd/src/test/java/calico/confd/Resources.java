package calico.confd;

import calico.model.Cidr;
import calico.model.ipam.BlockAffinity;
import calico.model.json.Yaml;
import calico.model.json.YamlDocument;
import calico.model.key.IpamKey;
import calico.model.resource.AsNumber;
import calico.model.resource.BgpConfigurationSpec;
import calico.model.resource.BgpPeerSpec;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.Unknown;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Short ways to the resources that the tests need. */
final class Resources {
  private Resources() {}

  static Resource<NodeSpec> node(String name, String ipv4, @Nullable String ipv6) {
    return node(name, ipv4, ipv6, null, null, Map.of());
  }

  static Resource<NodeSpec> node(
      String name,
      @Nullable String ipv4,
      @Nullable String ipv6,
      @Nullable Long as,
      @Nullable String clusterId,
      Map<String, String> labels) {
    NodeSpec.Bgp bgp =
        new NodeSpec.Bgp(
            as == null ? null : new AsNumber(as), ipv4, ipv6, null, clusterId, Unknown.NONE);
    NodeSpec spec = new NodeSpec(bgp, null, null, null, null, null, null, null, null, Unknown.NONE);
    return Resource.of(Kinds.NODE, Metadata.named(name).withLabels(labels), spec);
  }

  static Resource<IpPoolSpec> pool(String name, String cidr, String vxlan, boolean noExport) {
    return Resource.of(
        Kinds.IP_POOL,
        Metadata.named(name),
        new IpPoolSpec(
            cidr,
            vxlan,
            "Never",
            null,
            null,
            noExport,
            null,
            null,
            null,
            null,
            null,
            Unknown.NONE));
  }

  static Resource<BgpConfigurationSpec> configuration(
      String name,
      @Nullable String severity,
      @Nullable Boolean mesh,
      @Nullable Long as,
      @Nullable Integer port,
      List<String> ignored,
      Map<String, Object> more) {
    return Resource.of(
        Kinds.BGP_CONFIGURATION,
        Metadata.named(name),
        new BgpConfigurationSpec(
            severity,
            mesh,
            as == null ? null : new AsNumber(as),
            null,
            null,
            null,
            null,
            null,
            null,
            port,
            null,
            null,
            null,
            ignored,
            null,
            null,
            null,
            null,
            null,
            new Unknown(Map.copyOf(more))));
  }

  /** A BGPPeer of the nodes that {@code at} selects (null: all), to an address. */
  static Resource<BgpPeerSpec> peerTo(
      String name, @Nullable String at, String ip, @Nullable Long as) {
    return peer(name, at, ip, as, null, null, Map.of());
  }

  /** A BGPPeer of the nodes that {@code at} selects (null: all), to selected nodes. */
  static Resource<BgpPeerSpec> peerToNodes(String name, @Nullable String at, String selector) {
    return peer(name, at, null, null, selector, null, Map.of());
  }

  static Resource<BgpPeerSpec> peer(
      String name,
      @Nullable String at,
      @Nullable String ip,
      @Nullable Long as,
      @Nullable String peerSelector,
      @Nullable Integer ttlSecurity,
      Map<String, Object> more) {
    return Resource.of(
        Kinds.BGP_PEER,
        Metadata.named(name),
        new BgpPeerSpec(
            null,
            at,
            ip,
            as == null ? null : new AsNumber(as),
            null,
            peerSelector,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            ttlSecurity,
            null,
            null,
            null,
            null,
            new Unknown(Map.copyOf(more))));
  }

  /** A resource whose spec is written in YAML. */
  static Resource<?> resource(String kind, String name, String spec) {
    String text =
        "{apiVersion: projectcalico.org/v3, kind: %s, metadata: {name: %s}, spec: %s}"
            .formatted(kind, name, spec);
    return ResourceCodec.decode(Yaml.parse(text).getFirst().tree());
  }

  /** The state of node n1 that the resources of a file beside the golden files make. */
  static BgpState.Builder read(String file) {
    return read(file, new BgpState.Builder("n1"));
  }

  /** Adds the resources of a file beside the golden files to a state. */
  static BgpState.Builder read(String file, BgpState.Builder state) {
    try {
      String text = Files.readString(Path.of("src/test/resources/calico/confd").resolve(file));
      for (YamlDocument document : Yaml.parse(text)) {
        state.put(ResourceCodec.decode(document.tree()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return state;
  }

  static IpamKey.Affinity block(String host, String cidr) {
    return IpamKey.Affinity.ofHost(host, Cidr.parse(cidr));
  }

  static final BlockAffinity CONFIRMED = new BlockAffinity("confirmed", false);
}
