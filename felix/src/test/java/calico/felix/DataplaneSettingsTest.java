package calico.felix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import calico.felix.rules.RulesConfig;
import calico.model.config.FelixConfig;
import calico.model.config.Source;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataplaneSettingsTest {
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
    RulesConfig.OpenStack found = DataplaneSettings.from(config, clusterType).rules().openStack();
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
