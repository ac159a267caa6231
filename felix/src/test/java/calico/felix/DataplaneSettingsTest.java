package calico.felix;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.felix.rules.RulesConfig;
import org.junit.jupiter.params.ParameterizedTest;
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
}
