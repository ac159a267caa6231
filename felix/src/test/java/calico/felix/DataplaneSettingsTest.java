package calico.felix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import calico.felix.rules.RulesConfig;
import calico.model.Family;
import calico.model.config.FelixConfig;
import calico.model.config.Source;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What of the configuration reaches the dataplane, and as what. */
class DataplaneSettingsTest {
  @TempDir Path root;

  private FelixConfig config(Map<String, String> environment) throws Exception {
    return new FelixSettings("n1", root, environment).resolve(List.of(), Map.of());
  }

  /** Paths are those of record components; nothing else changes. */
  @ParameterizedTest
  @CsvSource({
    "IPFORWARDING, Disabled, interfaces.forwarding, false",
    "INTERFACEEXCLUDE, /br[01]/, interfaces.excluded, [br[01]]",
    "INTERFACEREFRESHINTERVAL, 7, interfaces.refreshInterval, PT7S",
    "IPV6SUPPORT, false, ipv6Enabled, false",
    "REMOVEEXTERNALROUTES, false, removeExternalRoutes, false",
    "ROUTESYNCDISABLED, true, routesOfOthers, true",
    "NFTABLESREFRESHINTERVAL, 7, nftablesRefreshInterval, PT7S",
    "ROUTEREFRESHINTERVAL, 7, routeRefreshInterval, PT7S",
    "VXLANVNI, 7, overlay.vxlanVni, 7",
    "VXLANMTU, 1400, overlay.vxlanMtu, 1400",
    "VXLANMTUV6, 1400, overlay.vxlanMtuV6, 1400",
    "IPINIPMTU, 1400, overlay.ipipMtu, 1400",
    "PROGRAMCLUSTERROUTES, Disabled, overlay.programsIpip, false",
    "DISABLECONNTRACKINVALIDCHECK, true, rules.dropInvalid, false",
    "DEFAULTENDPOINTTOHOSTACTION, Return, rules.endpointToHost, RETURN",
    "NFTABLESFILTERDENYACTION, Reject, rules.denyAction, REJECT",
    "LOGPREFIX, x, rules.logPrefix, x",
    "ALLOWVXLANPACKETSFROMWORKLOADS, true, rules.vxlanPort, 0",
    "ALLOWIPIPPACKETSFROMWORKLOADS, true, rules.dropIpip, false",
    "FLOATINGIPS, Enabled, rules.floatingIps, true",
    "SERVICELOOPPREVENTION, Disabled, rules.serviceLoops, null",
    "WORKLOADSOURCESPOOFING, Any, rules.sourceSpoofing, true",
    "DEVICEROUTEPROTOCOL, 7, deviceRoutes.protocol, 7",
    "DEVICEROUTESOURCEADDRESS, 192.0.2.7, deviceRoutes.sources.IPV4, 192.0.2.7",
    "DEVICEROUTESOURCEADDRESSIPV6, 2001:db8::7, deviceRoutes.sources.IPV6, 2001:db8::7",
    "IPV4NORMALROUTEPRIORITY, 7, deviceRoutes.metrics.IPV4, 7",
    "IPV6NORMALROUTEPRIORITY, 7, deviceRoutes.metrics.IPV6, 7",
    "IPV4ELEVATEDROUTEPRIORITY, 7, deviceRoutes.elevated.IPV4, 7",
    "IPV6ELEVATEDROUTEPRIORITY, 7, deviceRoutes.elevated.IPV6, 7",
    "LIVEMIGRATIONROUTECONVERGENCETIME, 7s, deviceRoutes.convergence, PT7S",
    "VXLANPORT, 7, overlay.vxlanPort, 7",
    "VXLANPORT, 7, rules.vxlanPort, 7",
    "VXLANPORT, 7, rules.tunnels.vxlanPort, 7",
    "MTUIFACEPATTERN, ^en, overlay.mtuInterfaces, ^en",
    "INTERFACEPREFIX, tap, rules.interfacePrefixes, [tap]",
    "NATPORTRANGE, 7:9, rules.sourceNat.ports.max, 9",
    "NATOUTGOINGADDRESS, 192.0.2.7, rules.sourceNat.address, 192.0.2.7",
    "IPTABLESNATOUTGOINGINTERFACEFILTER, eth0, rules.sourceNat.interfaceFilter, eth0",
    "NATOUTGOINGEXCLUSIONS, IPPoolsAndHostIPs, rules.masqueradeToNodes, false",
    "LOGACTIONRATELIMIT, 7/minute, rules.logLimit.rate, 7",
    "LOGACTIONRATELIMIT, 7/minute, rules.logLimit.unitSeconds, 60",
    "FAILSAFEINBOUNDHOSTPORTS, tcp:7, rules.failsafes.inbound, [tcp:7]",
    "FAILSAFEOUTBOUNDHOSTPORTS, udp:7, rules.failsafes.outbound, [udp:7]",
    "EXTERNALNODESCIDRLIST, 192.0.2.0/24, rules.tunnels.externalNodes, [192.0.2.0/24]",
    "WIREGUARDENABLED, true, overlay.wireguard.families, [IPV4]",
    "WIREGUARDENABLEDV6, true, overlay.wireguard.families, [IPV6]",
    "WIREGUARDINTERFACENAME, wg7, overlay.wireguard.devices.IPV4.name, wg7",
    "WIREGUARDINTERFACENAMEV6, wg7, overlay.wireguard.devices.IPV6.name, wg7",
    "WIREGUARDLISTENINGPORT, 7, overlay.wireguard.devices.IPV4.port, 7",
    "WIREGUARDLISTENINGPORTV6, 7, overlay.wireguard.devices.IPV6.port, 7",
    "WIREGUARDMTU, 1400, overlay.wireguard.devices.IPV4.mtu, 1400",
    "WIREGUARDMTUV6, 1400, overlay.wireguard.devices.IPV6.mtu, 1400",
    "ROUTETABLERANGE, 7-9, overlay.wireguard.devices.IPV4.table, 7",
    "ROUTETABLERANGES, 7-9, overlay.wireguard.devices.IPV6.table, 8",
    "WIREGUARDROUTINGRULEPRIORITY, 7, overlay.wireguard.rulePriority, 7",
    "WIREGUARDPERSISTENTKEEPALIVE, 7, overlay.wireguard.keepAlive, PT7S",
    "WIREGUARDHOSTENCRYPTIONENABLED, true, overlay.wireguard.hosts, true",
    "WIREGUARDTHREADINGENABLED, true, overlay.wireguard.threaded, true",
  })
  void eachFieldReachesItsPlace(String name, String value, String path, String expected)
      throws Exception {
    assertReaches(config -> DataplaneSettings.from(config, ""), name, value, path, expected);
  }

  @ParameterizedTest
  @CsvSource({
    "VXLANENABLED, true, vxlan, ON",
    "IPINIPENABLED, false, ipip, OFF",
    "PROGRAMCLUSTERROUTES, Enabled, programsDirect, true",
    "PROGRAMCLUSTERROUTES, Disabled, programsIpip, false",
    "ROUTESOURCE, WorkloadIPs, source, WORKLOADS",
    "FLOATINGIPS, Enabled, floatingIps, true",
    "WIREGUARDENABLED, true, wireguard.families, [IPV4]",
    "WIREGUARDHOSTENCRYPTIONENABLED, true, wireguard.hosts, true",
  })
  void whatRoutesDependOnReachesTheCalculation(
      String name, String value, String path, String expected) throws Exception {
    assertReaches(DataplaneSettings::routing, name, value, path, expected);
  }

  private void assertReaches(
      Function<FelixConfig, Object> settings,
      String name,
      String value,
      String path,
      String expected)
      throws Exception {
    Object usual = settings.apply(config(Map.of()));
    Object changed = settings.apply(config(Map.of("FELIX_" + name, value)));
    assertEquals(expected, String.valueOf(at(changed, path)));
    assertEquals(false, expected.equals(String.valueOf(at(usual, path))), "it is the default");
  }

  private static @Nullable Object at(Object record, String path) throws Exception {
    Object value = record;
    for (String component : path.split("\\.")) {
      if (value instanceof Map<?, ?> byFamily) {
        value = byFamily.get(Family.valueOf(component));
        continue;
      }
      if (value == null) {
        return "none";
      }
      var accessor = value.getClass().getMethod(component);
      accessor.setAccessible(true);
      value = accessor.invoke(value);
    }
    return value;
  }

  /** Three marks of their own: without the third all policy of host endpoints would be skipped. */
  @Test
  void marksAreDifferentBits() throws Exception {
    RulesConfig rules =
        DataplaneSettings.from(config(Map.of("FELIX_NFTABLESMARKMASK", "0x700000")), "").rules();
    assertEquals(
        List.of(0x100000, 0x200000, 0x400000),
        List.of(rules.acceptMark(), rules.passMark(), rules.doneMark()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"5.13.0", "6.1.0-13-amd64", "6.18", "10.0.1", "", "unknown"})
  void policiesAreTablesWhereTheKernelCanHaveThem(String release) {
    assertEquals(RulesConfig.Tables.USUAL, DataplaneSettings.tables(release));
  }

  @ParameterizedTest
  @ValueSource(strings = {"5.12.19", "5.4.0-150-generic", "4.18.0-553.el8.x86_64"})
  void policiesAreTriedWhereItCannot(String release) {
    assertEquals(RulesConfig.Tables.NONE, DataplaneSettings.tables(release));
  }

  /** What each of these says by itself; without any of them it is no OpenStack. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "'', '', '', none",
        "'k8s,bgp', '', '', none",
        "'k8s,OpenStack', '', '', 127.0.0.1:8775",
        "'', InterfacePrefix, tap, 127.0.0.1:8775",
        "'', InterfacePrefix, 'cali,tap', 127.0.0.1:8775",
        "'', MetadataAddr, 192.0.2.7, 192.0.2.7:8775",
        "'', MetadataAddr, none, null:8775",
        "'', MetadataPort, 8776, 127.0.0.1:8776"
      })
  void openStackIsRecognised(
      String clusterType, String parameter, @Nullable String value, @Nullable String expected) {
    Map<String, @Nullable Object> set = new HashMap<>();
    if (!parameter.isEmpty()) {
      set.put(parameter, value == null ? "none" : value);
    }
    FelixConfig config = FelixConfig.resolve(List.of(new Source("environment", false, set)));
    assertEquals(List.of(), config.problems());
    RulesConfig rules = DataplaneSettings.from(config, clusterType).rules();
    RulesConfig.OpenStack found = rules.openStack();
    assertEquals(found != null, rules.floatingIps());
    assertEquals(
        expected, found == null ? null : found.metadataAddress() + ":" + found.metadataPort());
  }

  @Test
  void anUnknownNameOfTheMetadataServiceIsRefused() {
    Source source = new Source("environment", false, Map.of("MetadataAddr", "nowhere.invalid"));
    FelixConfig config = FelixConfig.resolve(List.of(source));
    var refused =
        assertThrows(
            IllegalArgumentException.class, () -> DataplaneSettings.from(config, "openstack"));
    assertEquals(
        "MetadataAddr 'nowhere.invalid' is no IPv4 address and no known name; correct it",
        refused.getMessage());
  }
}
