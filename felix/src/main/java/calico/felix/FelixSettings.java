package calico.felix;

import static java.util.Objects.requireNonNullElse;

import calico.datastore.Datastore;
import calico.model.config.FelixConfig;
import calico.model.config.FelixParameters;
import calico.model.config.MonitoringParameters;
import calico.model.config.Parameter;
import calico.model.config.Source;
import calico.model.config.WireguardParameters;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.FelixConfigurationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.selector.Selector;
import calico.model.selector.SelectorSyntaxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where Felix's configuration comes from, in rising precedence: FelixConfiguration "default", then
 * the oldest of those whose nodeSelector selects the node, "node.NAME", the configuration file, the
 * environment (FELIX_*). In each FelixConfiguration an annotation {@code
 * config.projectcalico.org/PARAMETER} counts before the field.
 */
public final class FelixSettings {
  private static final Logger LOG = LoggerFactory.getLogger(FelixSettings.class);
  private static final String PREFIX = "FELIX_";
  private static final String DEFAULT = "default";
  private static final String NODE = "node.";
  private static final String ANNOTATION = "config.projectcalico.org/";

  /**
   * What is read once. A change of any other parameter takes effect in the running process: the
   * parts that depend on it are told, or replaced.
   */
  static final Set<Parameter<?>> READ_AT_START =
      Set.of(
          FelixParameters.INTERFACE_PREFIX, // names of new workloads' interfaces depend on it
          FelixParameters.VXLAN_ENABLED,
          FelixParameters.IPIP_ENABLED,
          FelixParameters.PROGRAM_CLUSTER_ROUTES,
          FelixParameters.ROUTE_SOURCE,
          FelixParameters.FLOATING_IPS,
          WireguardParameters.WIREGUARD_ENABLED,
          WireguardParameters.WIREGUARD_ENABLED_V6,
          WireguardParameters.WIREGUARD_HOST_ENCRYPTION_ENABLED,
          FelixParameters.WORKLOAD_SOURCE_SPOOFING, // decides which endpoints are valid
          FelixParameters.OPENSTACK_REGION,
          FelixParameters.POLICY_SYNC_PATH_PREFIX,
          FelixParameters.ENDPOINT_STATUS_PATH_PREFIX,
          MonitoringParameters.HEALTH_ENABLED,
          MonitoringParameters.HEALTH_HOST,
          MonitoringParameters.HEALTH_PORT,
          MonitoringParameters.PROMETHEUS_METRICS_ENABLED,
          MonitoringParameters.PROMETHEUS_METRICS_HOST,
          MonitoringParameters.PROMETHEUS_METRICS_PORT,
          MonitoringParameters.PROMETHEUS_METRICS_CERT_FILE,
          MonitoringParameters.PROMETHEUS_METRICS_KEY_FILE,
          MonitoringParameters.PROMETHEUS_METRICS_CA_FILE,
          MonitoringParameters.PROMETHEUS_METRICS_CLIENT_AUTH,
          MonitoringParameters.PROMETHEUS_GO_METRICS_ENABLED,
          MonitoringParameters.PROMETHEUS_PROCESS_METRICS_ENABLED,
          MonitoringParameters.PROMETHEUS_WIREGUARD_METRICS_ENABLED);

  private static final Comparator<Resource<?>> OLDEST =
      Comparator.comparing(
              (Resource<?> r) -> requireNonNullElse(r.metadata().creationTimestamp(), ""))
          .thenComparing(r -> r.metadata().name());

  private final String nodeName;
  private final Path root;
  private final List<Source> local;

  /**
   * @param root directory below which all files are
   * @throws IOException if its etc/calico/felix.cfg is there and cannot be read
   */
  public FelixSettings(String nodeName, Path root, Map<String, String> environment)
      throws IOException {
    this.nodeName = nodeName;
    this.root = root;
    Path file = root.resolve("etc/calico/felix.cfg");
    this.local = new ArrayList<>();
    if (Files.exists(file)) {
      local.add(new Source(file.toString(), false, parseIni(Files.readString(file))));
    }
    local.add(new Source("environment", false, fromEnvironment(environment)));
  }

  public String nodeName() {
    return nodeName;
  }

  /** Where the MTU for new workloads is written. */
  Path mtuFile() {
    return root.resolve("var/lib/calico/mtu");
  }

  /** Where the file or directory is that a parameter names. */
  Path path(String configured) {
    return root.resolve(Path.of("/").relativize(Path.of("/").resolve(configured)));
  }

  /** Reads the FelixConfigurations and resolves everything. */
  FelixConfig load(Datastore datastore) {
    Map<String, String> labels =
        datastore
            .get(ResourceKey.of(Kinds.NODE, nodeName))
            .map(node -> node.value().metadata().labels())
            .orElse(Map.of());
    List<Resource<FelixConfigurationSpec>> stored = new ArrayList<>();
    datastore.scan(
        Query.all(Kinds.FELIX_CONFIGURATION),
        page -> {
          page.entries().forEach(entry -> stored.add(entry.value()));
          return true;
        });
    return resolve(stored, labels);
  }

  /** What is set on this machine alone. */
  public FelixConfig local() {
    return FelixConfig.resolve(local);
  }

  /**
   * Resolves everything.
   *
   * @param stored all FelixConfigurations
   * @param labels this node's
   */
  FelixConfig resolve(
      Collection<Resource<FelixConfigurationSpec>> stored, Map<String, String> labels) {
    List<Source> sources = sources(stored, nodeName, labels);
    sources.addAll(local);
    return FelixConfig.resolve(sources);
  }

  /**
   * What the datastore says of a node, which its own file and environment may set otherwise.
   *
   * @param stored all FelixConfigurations
   * @param labels that node's
   */
  static FelixConfig ofNode(
      Collection<Resource<FelixConfigurationSpec>> stored,
      String node,
      Map<String, String> labels) {
    return FelixConfig.resolve(sources(stored, node, labels));
  }

  private static List<Source> sources(
      Collection<Resource<FelixConfigurationSpec>> stored,
      String node,
      Map<String, String> labels) {
    List<Source> sources = new ArrayList<>();
    stored.stream().filter(named(DEFAULT)).forEach(r -> sources.addAll(sources(r)));
    stored.stream()
        .filter(r -> selects(r, labels))
        .min(OLDEST)
        .ifPresent(r -> sources.addAll(sources(r)));
    stored.stream().filter(named(NODE + node)).forEach(r -> sources.addAll(sources(r)));
    return sources;
  }

  private static Predicate<Resource<?>> named(String name) {
    return resource -> resource.metadata().name().equals(name);
  }

  /**
   * A FelixConfiguration's fields, and above them its annotations. As in upstream, an annotation
   * takes the field's place even if its value is empty or cannot be used, and sets nothing that can
   * only be set locally.
   */
  private static List<Source> sources(Resource<FelixConfigurationSpec> resource) {
    Map<String, String> byName = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    resource
        .metadata()
        .annotations()
        .forEach(
            (key, value) -> {
              if (key.startsWith(ANNOTATION)) {
                byName.put(key.substring(ANNOTATION.length()), value);
              }
            });
    Map<String, @Nullable Object> fields = new LinkedHashMap<>(resource.spec().fields());
    Map<String, @Nullable Object> annotations = new LinkedHashMap<>();
    for (Parameter<?> parameter : FelixParameters.all()) {
      String value = byName.get(parameter.name());
      if (value != null && !parameter.fieldName().isEmpty()) {
        fields.remove(parameter.fieldName());
        annotations.put(parameter.name(), value);
      }
    }
    String name = "FelixConfiguration(" + resource.metadata().name() + ")";
    return List.of(
        new Source(name, true, fields), new Source(name + " annotations", false, annotations));
  }

  /** A selector that cannot be read selects nothing; those with a name that counts have none. */
  private static boolean selects(
      Resource<FelixConfigurationSpec> resource, Map<String, String> labels) {
    String name = resource.metadata().name();
    Object selector = resource.spec().fields().get(FelixConfigurationSpec.NODE_SELECTOR);
    if (name.equals(DEFAULT)
        || name.startsWith(NODE)
        || !(selector instanceof String text)
        || text.isEmpty()) {
      return false;
    }
    try {
      return Selector.parse(text).matches(labels);
    } catch (SelectorSyntaxException e) {
      LOG.warn(
          "object ignored: FelixConfiguration({}) nodeSelector '{}': {}",
          name,
          text,
          e.getMessage());
      return false;
    }
  }

  /** {@code key = value} lines; sections and comments are ignored. */
  private static Map<String, @Nullable Object> parseIni(String text) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    for (String line : text.lines().map(String::strip).toList()) {
      int equals = line.indexOf('=');
      if (equals > 0 && "#;[".indexOf(line.charAt(0)) < 0) {
        values.put(line.substring(0, equals).strip(), line.substring(equals + 1).strip());
      }
    }
    return values;
  }

  private static Map<String, @Nullable Object> fromEnvironment(Map<String, String> environment) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    environment.forEach(
        (name, value) -> {
          if (name.regionMatches(true, 0, PREFIX, 0, PREFIX.length())) {
            values.put(name.substring(PREFIX.length()), value);
          }
        });
    return values;
  }
}
