package calico.model.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FelixConfigTest {
  private static Source text(String name, String... pairs) {
    Map<String, Object> values = new java.util.HashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      values.put(pairs[i], pairs[i + 1]);
    }
    return new Source(name, false, Map.copyOf(values));
  }

  @Test
  void withoutSourcesEverythingHasItsDefault() {
    FelixConfig config = FelixConfig.resolve(List.of());
    assertEquals(List.of("cali"), config.get(FelixParameters.INTERFACE_PREFIX));
    assertEquals(Duration.ofSeconds(30), config.get(FelixParameters.REPORTING_INTERVAL));
    assertEquals(9, config.get(FelixParameters.FAILSAFE_INBOUND_HOST_PORTS).size());
    assertEquals(List.of(), config.problems());
  }

  @Test
  void higherSourcesWin() {
    Source cluster =
        new Source(
            "FelixConfiguration(default)",
            true,
            Map.of("reportingInterval", "1m0s", "vxlanPort", 1L, "healthEnabled", true));
    Source node = new Source("FelixConfiguration(node.a)", true, Map.of("vxlanPort", 2L));
    Source file = text("felix.cfg", "VXLANPort", "3", "HealthEnabled", "");
    Source env = text("environment", "reportingintervalsecs", "2.5", "NoSuchParameter", "x");
    FelixConfig config = FelixConfig.resolve(List.of(cluster, node, file, env));
    assertEquals(Duration.ofMillis(2500), config.get(FelixParameters.REPORTING_INTERVAL));
    assertEquals(3, config.get(FelixParameters.VXLAN_PORT));
    assertEquals(true, config.get(MonitoringParameters.HEALTH_ENABLED));
    assertEquals(List.of(), config.problems());
  }

  @Test
  void whatIsWrittenAlikeIsEqual() {
    List<Source> sources =
        List.of(text("felix.cfg", "MTUIfacePattern", "^eth", "InterfaceExclude", "a,/^b/"));
    FelixConfig config = FelixConfig.resolve(sources);
    assertEquals(2, config.values().size());
    assertEquals(config.values(), FelixConfig.resolve(sources).values());
  }

  @Test
  void badValuesAreNamedAndLeaveTheLowerSource() {
    Source cluster = new Source("FelixConfiguration(default)", true, Map.of("vxlanPort", 5000L));
    FelixConfig config =
        FelixConfig.resolve(
            List.of(cluster, text("environment", "VXLANPORT", "70000", "Ipv6Support", "maybe")));
    assertEquals(5000, config.get(FelixParameters.VXLAN_PORT));
    assertEquals(2, config.problems().size());
    assertTrue(
        config.problems().stream()
            .anyMatch(
                p ->
                    p.toString()
                        .equals(
                            "environment: VXLANPort = '70000': expected an integer from 1 to"
                                + " 65535")),
        config.problems().toString());
  }

  @Test
  void noneIsTheEmptyValueUnlessOneIsNeeded() {
    FelixConfig config =
        FelixConfig.resolve(
            List.of(text("env", "FailsafeInboundHostPorts", "none", "InterfacePrefix", "NONE")));
    assertEquals(List.of(), config.get(FelixParameters.FAILSAFE_INBOUND_HOST_PORTS));
    assertEquals(List.of("cali"), config.get(FelixParameters.INTERFACE_PREFIX));
    assertEquals(1, config.problems().size());
  }

  @Test
  void hostPortsHaveTextAndFieldForms() {
    List<HostPort> ports =
        FelixParameters.FAILSAFE_INBOUND_HOST_PORTS
            .type()
            .parse("22, udp:53,tcp:10.0.0.0/8:80,tcp:[fd00::/8]:81");
    assertEquals("[tcp:22, udp:53, tcp:10.0.0.0/8:80, tcp:[fd00::/8]:81]", ports.toString());
    assertEquals(
        ports.get(2),
        FelixParameters.FAILSAFE_INBOUND_HOST_PORTS
            .type()
            .parse(List.of(Map.of("protocol", "TCP", "port", 80L, "net", "10.0.0.0/8")))
            .getFirst());
  }

  @Test
  void timeoutsByNameHaveTextAndFieldForms() {
    Map<String, Duration> timeouts = Map.of("a", Duration.ofSeconds(10), "b", Duration.ZERO);
    ParameterType<Map<String, Duration>> type =
        MonitoringParameters.HEALTH_TIMEOUT_OVERRIDES.type();
    assertEquals(timeouts, type.parse("a=10s, b=0s"));
    assertEquals(
        timeouts,
        type.parse(
            List.of(Map.of("name", "a", "timeout", "10s"), Map.of("name", "b", "timeout", "0s"))));
    assertThrows(IllegalArgumentException.class, () -> type.parse("a"));
    assertThrows(IllegalArgumentException.class, () -> type.parse("a=bar"));
  }

  @Test
  void everyParameterIsDeclaredOnce() {
    Set<String> names = new HashSet<>();
    for (Parameter<?> parameter : FelixParameters.all()) {
      assertTrue(names.add(parameter.name().toLowerCase(java.util.Locale.ROOT)), parameter.name());
      assertTrue(
          parameter.fieldName().isEmpty() || names.add("field " + parameter.fieldName()),
          parameter.fieldName());
      assertTrue(UnusedParameters.ofField(parameter.fieldName()) == null, parameter.fieldName());
      assertTrue(parameter.doc().endsWith("."), parameter.name());
    }
    assertTrue(names.size() > 100, "found " + names.size());
  }
}
