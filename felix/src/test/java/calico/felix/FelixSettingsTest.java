package calico.felix;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.model.config.ConfigProblem;
import calico.model.config.FelixConfig;
import calico.model.config.FelixParameters;
import calico.model.config.MonitoringParameters;
import calico.model.config.Parameter;
import calico.model.config.WireguardParameters;
import calico.model.resource.FelixConfigurationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which source of a setting counts. */
class FelixSettingsTest {
  @TempDir Path root;
  private final List<Resource<FelixConfigurationSpec>> stored = new ArrayList<>();

  private void store(String name, String created, Map<String, Object> spec) {
    Map<String, Object> metadata = Map.of("name", name, "creationTimestamp", created);
    stored.add(
        ResourceCodec.decode(
            Kinds.FELIX_CONFIGURATION, Map.of("metadata", metadata, "spec", spec)));
  }

  private void annotate(String name, Map<String, String> annotations, Map<String, Object> spec) {
    Map<String, Object> prefixed = new HashMap<>();
    annotations.forEach((key, value) -> prefixed.put("config.projectcalico.org/" + key, value));
    prefixed.put("logPrefix", "no parameter");
    Map<String, Object> metadata = Map.of("name", name, "annotations", prefixed);
    stored.add(
        ResourceCodec.decode(
            Kinds.FELIX_CONFIGURATION, Map.of("metadata", metadata, "spec", spec)));
  }

  private String logPrefix(Map<String, String> environment, Map<String, String> labels)
      throws Exception {
    return new FelixSettings("n1", root, environment)
        .resolve(stored, labels)
        .get(FelixParameters.LOG_PREFIX);
  }

  @Test
  void whatIsNearerTheNodeWins() throws Exception {
    Map<String, String> labels = Map.of("zone", "a");
    assertEquals("calico-packet", logPrefix(Map.of(), labels));
    store("default", "2026-01-01T00:00:00Z", Map.of("logPrefix", "default"));
    store("node.n2", "2026-01-01T00:00:00Z", Map.of("logPrefix", "another node"));
    assertEquals("default", logPrefix(Map.of(), labels));
    String zone = "zone == 'a'";
    store("young", "2026-03-01T00:00:00Z", Map.of("nodeSelector", zone, "logPrefix", "young"));
    store("b", "2026-02-01T00:00:00Z", Map.of("nodeSelector", zone, "logPrefix", "b"));
    store("a", "2026-02-01T00:00:00Z", Map.of("nodeSelector", zone, "logPrefix", "a"));
    store("other", "2026-01-01T00:00:00Z", Map.of("nodeSelector", "zone == 'b'", "logPrefix", "o"));
    store("none", "2026-01-01T00:00:00Z", Map.of("logPrefix", "for nobody"));
    store("bad", "2026-01-01T00:00:00Z", Map.of("nodeSelector", "zone ==", "logPrefix", "bad"));
    assertEquals("a", logPrefix(Map.of(), labels));
    assertEquals("default", logPrefix(Map.of(), Map.of()));
    store("node.n1", "2026-04-01T00:00:00Z", Map.of("logPrefix", "this node"));
    assertEquals("this node", logPrefix(Map.of(), labels));
    Path file = root.resolve("etc/calico/felix.cfg");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "[global]\nlogprefix = file\n");
    assertEquals("file", logPrefix(Map.of(), labels));
    assertEquals("env", logPrefix(Map.of("felix_LogPrefix", "env"), labels));
  }

  @Test
  void anAnnotationTakesTheFieldsPlace() throws Exception {
    annotate("default", Map.of("LogPrefix", "above"), Map.of("logPrefix", "below"));
    assertEquals("above", logPrefix(Map.of(), Map.of()));
    assertEquals("env", logPrefix(Map.of("FELIX_LOGPREFIX", "env"), Map.of()));
    annotate("zone-a", Map.of(), Map.of("nodeSelector", "zone == 'a'", "logPrefix", "zone"));
    assertEquals("zone", logPrefix(Map.of(), Map.of("zone", "a")), "a nearer one's field");
    annotate("node.n1", Map.of("logprefix", ""), Map.of("logPrefix", "hidden"));
    assertEquals("above", logPrefix(Map.of(), Map.of()), "an empty one unsets the field");
  }

  @Test
  void anAnnotationIsTextAndNotForWhatIsLocal() throws Exception {
    annotate(
        "default",
        Map.of(
            "FailsafeInboundHostPorts", "none",
            "VXLANPort", "many",
            "Ipv6Support", "false",
            "FelixHostname", "another"),
        Map.of("vxlanPort", 4790));
    FelixConfig config = new FelixSettings("n1", root, Map.of()).resolve(stored, Map.of());
    assertEquals(List.of(), config.get(FelixParameters.FAILSAFE_INBOUND_HOST_PORTS));
    assertEquals(false, config.get(FelixParameters.IPV6_SUPPORT));
    assertEquals(4789, config.get(FelixParameters.VXLAN_PORT), "the bad one hides the field");
    assertEquals("", config.get(FelixParameters.FELIX_HOSTNAME));
    assertEquals(
        List.of("FelixConfiguration(default) annotations"),
        config.problems().stream().map(ConfigProblem::source).toList());
  }

  private static Map<String, Parameter<?>> parameters() throws Exception {
    Map<String, Parameter<?>> parameters = new HashMap<>();
    for (Class<?> declares :
        List.of(FelixParameters.class, WireguardParameters.class, MonitoringParameters.class)) {
      for (Field field : declares.getFields()) {
        parameters.put(field.getName(), (Parameter<?>) field.get(null));
      }
    }
    return parameters;
  }

  /** Those without effect are in UnusedParameters, so that users are told. */
  @Test
  void everyParameterIsRead() throws Exception {
    Map<String, Parameter<?>> unread = parameters();
    unread.remove("LOG_SEVERITY_SCREEN"); // the start script reads it
    try (var files = Files.walk(Path.of(".."))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        if (file.toString().contains("/src/main/") && !file.endsWith("FelixParameters.java")) {
          String text = Files.readString(file);
          unread.keySet().removeIf(name -> text.contains("Parameters." + name));
        }
      }
    }
    assertEquals(Map.of(), unread);
  }

  /**
   * The dataplane and the reporter are told of changes, a trace reads what is stored at the time;
   * what anything else reads, it reads once.
   */
  @Test
  void whatIsReadOnceIsSaidToBe() throws Exception {
    Set<String> told =
        Set.of(
            "DataplaneSettings.java",
            "WireguardSettings.java",
            "StatusReporter.java",
            "PacketPath.java",
            "AddressTranslation.java",
            "OpenStack.java",
            "HostTrace.java");
    Map<String, Parameter<?>> parameters = parameters();
    Pattern read = Pattern.compile("get\\((?:Felix|Wireguard|Monitoring)Parameters\\.(\\w+)\\)");
    List<Parameter<?>> unsaid = new ArrayList<>();
    try (var files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        Matcher reads = read.matcher(Files.readString(file));
        while (!told.contains(file.getFileName().toString()) && reads.find()) {
          Parameter<?> parameter = requireNonNull(parameters.get(reads.group(1)));
          if (!parameter.fieldName().isEmpty()
              && !FelixSettings.READ_AT_START.contains(parameter)) {
            unsaid.add(parameter);
          }
        }
      }
    }
    assertEquals(
        List.of(MonitoringParameters.HEALTH_TIMEOUT_OVERRIDES),
        unsaid.stream().distinct().toList());
  }
}
