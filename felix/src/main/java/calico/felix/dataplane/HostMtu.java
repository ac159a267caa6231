package calico.felix.dataplane;

import calico.felix.dataplane.Interfaces.Interface;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The smallest MTU of the host's own interfaces. */
final class HostMtu {
  /** Of Ethernet; taken while no interface fits. */
  static final int DEFAULT = 1500;

  private final Pattern pattern;
  private final Map<String, Integer> byName = new HashMap<>();

  /**
   * @param pattern finds the names of the host's interfaces (MTUIfacePattern)
   */
  HostMtu(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * An interface is as given, or gone.
   *
   * @return whether the host's MTU is another now
   */
  boolean update(String name, @Nullable Interface now) {
    if (!pattern.matcher(name).find()) {
      return false;
    }
    int before = value();
    if (now == null) {
      byName.remove(name);
    } else {
      byName.put(name, now.mtu());
    }
    return value() != before;
  }

  int value() {
    return byName.values().stream().mapToInt(Integer::intValue).min().orElse(DEFAULT);
  }
}
