package calico.model.config;

import static calico.model.config.ParameterTypes.DURATION;
import static calico.model.config.ParameterTypes.FLAG;
import static calico.model.config.ParameterTypes.integer;

import java.time.Duration;

/** The parameters of Felix that concern WireGuard; see {@link FelixParameters}. */
public final class WireguardParameters {
  public static final Parameter<Boolean> WIREGUARD_ENABLED =
      Parameter.of(
          "WireguardEnabled",
          "wireguardEnabled",
          FLAG,
          false,
          "Whether IPv4 packets between nodes are encrypted.");
  public static final Parameter<Boolean> WIREGUARD_ENABLED_V6 =
      Parameter.of(
          "WireguardEnabledV6",
          "wireguardEnabledV6",
          FLAG,
          false,
          "Whether IPv6 packets between nodes are encrypted.");
  public static final Parameter<Boolean> WIREGUARD_HOST_ENCRYPTION_ENABLED =
      Parameter.of(
          "WireguardHostEncryptionEnabled",
          "wireguardHostEncryptionEnabled",
          FLAG,
          false,
          "Whether the hosts' own packets are encrypted too.");
  public static final Parameter<String> WIREGUARD_INTERFACE_NAME =
      Parameter.of(
              "WireguardInterfaceName",
              "wireguardInterfaceName",
              FieldTypes.INTERFACE,
              "wireguard.cali",
              "The IPv4 device.")
          .asRequired();
  public static final Parameter<String> WIREGUARD_INTERFACE_NAME_V6 =
      Parameter.of(
              "WireguardInterfaceNameV6",
              "wireguardInterfaceNameV6",
              FieldTypes.INTERFACE,
              "wg-v6.cali",
              "The IPv6 device.")
          .asRequired();
  public static final Parameter<Duration> WIREGUARD_KEEP_ALIVE =
      new Parameter<>(
          "WireguardPersistentKeepAlive",
          "wireguardKeepAlive",
          DURATION,
          Duration.ZERO,
          "seconds",
          "How often an idle peer hears something; 0 is never.",
          false,
          false);
  public static final Parameter<Integer> WIREGUARD_LISTENING_PORT =
      port("WireguardListeningPort", "wireguardListeningPort", 51820, "IPv4");
  public static final Parameter<Integer> WIREGUARD_LISTENING_PORT_V6 =
      port("WireguardListeningPortV6", "wireguardListeningPortV6", 51821, "IPv6");
  public static final Parameter<Integer> WIREGUARD_MTU =
      mtu("WireguardMTU", "wireguardMTU", "IPv4");
  public static final Parameter<Integer> WIREGUARD_MTU_V6 =
      mtu("WireguardMTUV6", "wireguardMTUV6", "IPv6");
  public static final Parameter<Integer> WIREGUARD_ROUTING_RULE_PRIORITY =
      Parameter.of(
          "WireguardRoutingRulePriority",
          "wireguardRoutingRulePriority",
          integer(1, 32765),
          99,
          "Priority of the rule that sends packets to the device.");
  public static final Parameter<Boolean> WIREGUARD_THREADING_ENABLED =
      Parameter.of(
          "WireguardThreadingEnabled",
          "wireguardThreadingEnabled",
          FLAG,
          false,
          "Whether the device uses a kernel thread of its own.");

  private WireguardParameters() {}

  private static Parameter<Integer> port(String name, String field, int number, String family) {
    String doc = "UDP port of the " + family + " device.";
    return Parameter.of(name, field, integer(0, 65535), number, doc);
  }

  private static Parameter<Integer> mtu(String name, String field, String family) {
    return Parameter.of(
        name,
        field,
        integer(Integer.MIN_VALUE, Integer.MAX_VALUE),
        0,
        "MTU of the " + family + " device; 0 is from the host's.");
  }
}
