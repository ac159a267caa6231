package calico.felix;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.felix.dataplane.DataplaneConfig;
import calico.felix.rules.RulesConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What of the configuration reaches the dataplane, and as what. */
class DataplaneSettingsTest {
  @TempDir Path root;

  private DataplaneConfig of(Map<String, String> environment, String clusterType) throws Exception {
    return DataplaneSettings.from(
        new FelixSettings("n1", root, environment).resolve(List.of(), Map.of()), clusterType);
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
  })
  void eachFieldReachesItsPlace(String name, String value, String path, String expected)
      throws Exception {
    DataplaneConfig usual = of(Map.of(), "");
    DataplaneConfig changed = of(Map.of("FELIX_" + name, value), "");
    assertEquals(expected, String.valueOf(at(changed, path)));
    assertEquals(false, expected.equals(String.valueOf(at(usual, path))), "it is the default");
  }

  private static Object at(Object record, String path) throws Exception {
    Object value = record;
    for (String component : path.split("\\.")) {
      var accessor = requireNonNull(value, path).getClass().getMethod(component);
      accessor.setAccessible(true);
      value = accessor.invoke(value);
    }
    return value;
  }

  @ParameterizedTest
  @CsvSource({
    "'', '', false",
    "'k8s,bgp', '', false",
    "'OpenStack,bgp', '', true",
    "'', 'FELIX_INTERFACEPREFIX=tap', true",
    "'', 'FELIX_METADATAADDR=192.0.2.1', true",
    "'', 'FELIX_METADATAPORT=80', true",
  })
  void openStackIsRecognized(String clusterType, String setting, boolean expected)
      throws Exception {
    String[] words = setting.split("=");
    RulesConfig rules =
        of(words.length < 2 ? Map.of() : Map.of(words[0], words[1]), clusterType).rules();
    assertEquals(expected, rules.openStack() != null);
    assertEquals(expected, rules.floatingIps());
  }

  /** Three marks of their own: without the third all policy of host endpoints would be skipped. */
  @Test
  void marksAreDifferentBits() throws Exception {
    RulesConfig rules = of(Map.of("FELIX_NFTABLESMARKMASK", "0x700000"), "").rules();
    assertEquals(
        List.of(0x100000, 0x200000, 0x400000),
        List.of(rules.acceptMark(), rules.passMark(), rules.doneMark()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"5.13.0", "6.1.0-13-amd64", "6.18", "10.0.1", "", "unknown"})
  void policiesAreTablesWhereTheKernelCanHaveThem(String release) {
    assertEquals(RulesConfig.USUAL_TABLE_FROM, DataplaneSettings.tableFrom(release));
  }

  @ParameterizedTest
  @ValueSource(strings = {"5.12.19", "5.4.0-150-generic", "4.18.0-553.el8.x86_64"})
  void policiesAreTriedWhereItCannot(String release) {
    assertEquals(Integer.MAX_VALUE, DataplaneSettings.tableFrom(release));
  }
}
