package calico.felix;

import calico.felix.calc.CalcConfig;
import calico.felix.dataplane.WireguardConfig;
import calico.felix.rules.RulesConfig;
import calico.model.Family;
import calico.model.config.FelixConfig;
import calico.model.config.FelixParameters;
import calico.model.config.NumberRange;
import calico.model.config.WireguardParameters;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Picks from Felix's configuration what encryption depends on. */
final class WireguardSettings {
  /** The kernel's own tables: default, main, local. */
  private static final NumberRange RESERVED = new NumberRange(253, 255);

  /** Which of the bits that may be used is ours; upstream has five others. */
  private static final int BIT = 5;

  private WireguardSettings() {}

  /** Why nothing is encrypted although it should be; null if that is not so. */
  static @Nullable String problem(FelixConfig config) {
    if (asked(config).isEmpty()) {
      return null;
    }
    String needs = ", which wireguardEnabled needs: widen it; until then nothing is encrypted";
    if (tables(config).length < Family.values().length) {
      return "RouteTableRanges has fewer than two tables" + needs;
    }
    if (mark(config) == 0) {
      long mask = config.get(FelixParameters.NFTABLES_MARK_MASK);
      return "NftablesMarkMask 0x" + Long.toHexString(mask) + " has fewer than six bits" + needs;
    }
    return null;
  }

  /** The families whose packets are encrypted. */
  private static Set<Family> families(FelixConfig config) {
    return problem(config) == null ? asked(config) : Set.of();
  }

  private static Set<Family> asked(FelixConfig config) {
    Set<Family> families = EnumSet.noneOf(Family.class);
    if (config.get(WireguardParameters.WIREGUARD_ENABLED)) {
      families.add(Family.IPV4);
    }
    if (config.get(WireguardParameters.WIREGUARD_ENABLED_V6)) {
      families.add(Family.IPV6);
    }
    return families;
  }

  /** The calculation's part: it knows nothing of what keeps the dataplane from doing it. */
  static CalcConfig.Encryption calculation(FelixConfig config) {
    return new CalcConfig.Encryption(
        asked(config), config.get(WireguardParameters.WIREGUARD_HOST_ENCRYPTION_ENABLED));
  }

  /** The dataplane's part. */
  static WireguardConfig dataplane(FelixConfig config) {
    int[] tables = tables(config);
    Map<Family, WireguardConfig.Device> devices = new EnumMap<>(Family.class);
    devices.put(
        Family.IPV4,
        new WireguardConfig.Device(
            config.get(WireguardParameters.WIREGUARD_INTERFACE_NAME),
            config.get(WireguardParameters.WIREGUARD_LISTENING_PORT),
            config.get(WireguardParameters.WIREGUARD_MTU),
            tables.length > 0 ? tables[0] : 0));
    devices.put(
        Family.IPV6,
        new WireguardConfig.Device(
            config.get(WireguardParameters.WIREGUARD_INTERFACE_NAME_V6),
            config.get(WireguardParameters.WIREGUARD_LISTENING_PORT_V6),
            config.get(WireguardParameters.WIREGUARD_MTU_V6),
            tables.length > 1 ? tables[1] : 0));
    return new WireguardConfig(
        families(config),
        devices,
        mark(config),
        config.get(WireguardParameters.WIREGUARD_ROUTING_RULE_PRIORITY),
        config.get(WireguardParameters.WIREGUARD_KEEP_ALIVE),
        config.get(WireguardParameters.WIREGUARD_HOST_ENCRYPTION_ENABLED),
        config.get(WireguardParameters.WIREGUARD_THREADING_ENABLED));
  }

  /** The lowest tables that may be used, at most one for each family. */
  private static int[] tables(FelixConfig config) {
    List<NumberRange> ranges =
        config
            .get(FelixParameters.ROUTE_TABLE_RANGE)
            .map(List::of)
            .orElse(config.get(FelixParameters.ROUTE_TABLE_RANGES));
    return ranges.stream()
        .flatMapToInt(range -> IntStream.rangeClosed(range.min(), range.max()))
        .filter(table -> table < RESERVED.min() || table > RESERVED.max())
        .sorted()
        .distinct()
        .limit(Family.values().length)
        .toArray();
  }

  /** 0 if no bit is left. */
  private static int mark(FelixConfig config) {
    long left = config.get(FelixParameters.NFTABLES_MARK_MASK);
    for (int i = 0; i < BIT; i++) {
      left &= left - 1;
    }
    return (int) Long.lowestOneBit(left);
  }

  /** The rules' part; null if nothing is encrypted. */
  static RulesConfig.@Nullable Wireguard rules(WireguardConfig config) {
    if (config.families().isEmpty()) {
      return null;
    }
    Map<Family, String> names = new HashMap<>();
    Map<Family, Integer> ports = new HashMap<>();
    config
        .devices()
        .forEach(
            (family, device) -> {
              names.put(family, device.name());
              if (config.families().contains(family)) {
                ports.put(family, device.port());
              }
            });
    return new RulesConfig.Wireguard(names, ports, config.mark(), config.hosts());
  }
}
