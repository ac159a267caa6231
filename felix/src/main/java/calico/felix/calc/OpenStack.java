package calico.felix.calc;

import calico.model.Family;
import calico.model.Ip;
import calico.model.config.FelixConfig;
import calico.model.config.FelixParameters;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes have virtual machines of OpenStack, and what those may ask of their host whatever
 * their policy says.
 */
public final class OpenStack {
  static final Ip METADATA = Ip.parse("169.254.169.254");
  private static final int HTTP = 80;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int DNS = 53;

  private OpenStack() {}

  /**
   * Whether a node is one of OpenStack's.
   *
   * @param clusterType what the cluster runs on, as ClusterInformation has it
   */
  public static boolean isOn(FelixConfig config, String clusterType) {
    return clusterType.toLowerCase(Locale.ROOT).contains("openstack")
        || config.get(FelixParameters.INTERFACE_PREFIX).contains("tap")
        || !config
            .get(FelixParameters.METADATA_ADDR)
            .equals(FelixParameters.METADATA_ADDR.defaultValue())
        || !config
            .get(FelixParameters.METADATA_PORT)
            .equals(FelixParameters.METADATA_PORT.defaultValue());
  }

  /** Whether a machine's packet is one that is translated to the metadata service. */
  static boolean isForMetadata(Packet packet) {
    return packet.destination().equals(METADATA)
        && packet.protocol() == TCP
        && packet.destinationPort() == HTTP;
  }

  /** The metadata service's address on a node; null if there is none, or it is a name. */
  static @Nullable Ip metadataService(FelixConfig config) {
    Ip ip = Ip.tryParse(config.get(FelixParameters.METADATA_ADDR));
    return ip != null && ip.family() == Family.IPV4 ? ip : null;
  }

  /** What a packet from a machine to its host is let through for, or null. */
  static @Nullable String service(FelixConfig config, Packet packet) {
    boolean ipv4 = packet.source().family() == Family.IPV4;
    if (packet.protocol() == TCP
        && packet.destination().equals(metadataService(config))
        && packet.destinationPort() == config.get(FelixParameters.METADATA_PORT)) {
      return "the metadata service";
    }
    if (packet.protocol() != UDP) {
      return null;
    }
    boolean dhcp =
        packet.sourcePort() == (ipv4 ? 68 : 546) && packet.destinationPort() == (ipv4 ? 67 : 547);
    return dhcp ? "DHCP" : packet.destinationPort() == DNS ? "DNS" : null;
  }
}
