package calico.felix;

import calico.datastore.Datastore;
import calico.model.config.FelixConfig;
import calico.model.config.Source;
import calico.model.key.ResourceKey;
import calico.model.resource.FelixConfigurationSpec;
import calico.model.resource.Kinds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where Felix's configuration comes from, in rising precedence: FelixConfiguration "default", then
 * "node.NAME", the configuration file, the environment (FELIX_*).
 */
public final class FelixSettings {
  private static final String PREFIX = "FELIX_";

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

  /** Names of the FelixConfigurations that concern this node, in rising precedence. */
  List<String> resourceNames() {
    return List.of("default", "node." + nodeName);
  }

  /** Reads the FelixConfigurations and resolves everything. */
  FelixConfig load(Datastore datastore) {
    Map<String, FelixConfigurationSpec> stored = new LinkedHashMap<>();
    for (String name : resourceNames()) {
      datastore
          .get(ResourceKey.of(Kinds.FELIX_CONFIGURATION, name))
          .ifPresent(e -> stored.put(name, e.value().spec()));
    }
    return resolve(stored);
  }

  /**
   * Resolves everything.
   *
   * @param stored FelixConfigurations by name
   */
  FelixConfig resolve(Map<String, FelixConfigurationSpec> stored) {
    List<Source> sources = new ArrayList<>();
    for (String name : resourceNames()) {
      FelixConfigurationSpec spec = stored.get(name);
      if (spec != null) {
        sources.add(new Source("FelixConfiguration(" + name + ")", true, spec.fields()));
      }
    }
    sources.addAll(local);
    return FelixConfig.resolve(sources);
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
