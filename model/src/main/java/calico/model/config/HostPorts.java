package calico.model.config;

import calico.model.Cidr;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Lists of {@link HostPort}: text, or objects with the fields protocol, port and net. */
final class HostPorts {
  /** The list's OpenAPI schema. */
  static final Map<String, Object> FIELD =
      Map.of(
          "type",
          "array",
          "items",
          Map.of(
              "type",
              "object",
              "required",
              List.of("port"),
              "properties",
              Map.of(
                  "protocol",
                  Map.of("type", "string"),
                  "port",
                  Map.of("type", "integer", "minimum", 0L, "maximum", 65535L),
                  "net",
                  Map.of("type", "string"))));

  private static final Pattern ITEM =
      Pattern.compile("(?:([a-zA-Z]+):)?(?:(?:\\[([^]]+)\\]|([0-9./]+)):)?([0-9]{1,5})");
  private static final Set<String> PROTOCOLS = Set.of("tcp", "udp", "sctp");

  private HostPorts() {}

  static List<HostPort> parse(Object tree) {
    if (!(tree instanceof List<?> list)) {
      return ParameterTypes.items(tree, HostPorts::item);
    }
    List<HostPort> out = new ArrayList<>();
    for (Object each : list) {
      if (!(each instanceof Map<?, ?> map)) {
        throw new IllegalArgumentException("expected objects with protocol, port and net");
      }
      out.add(of(text(map.get("protocol")), text(map.get("port")), text(map.get("net"))));
    }
    return List.copyOf(out);
  }

  private static HostPort item(String text) {
    Matcher m = ITEM.matcher(text);
    if (!m.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a port, protocol:port or protocol:net:port");
    }
    return of(m.group(1), m.group(4), m.group(2) == null ? m.group(3) : m.group(2));
  }

  private static HostPort of(
      @Nullable String protocol, @Nullable String port, @Nullable String net) {
    String name = protocol == null ? "tcp" : protocol.toLowerCase(Locale.ROOT);
    if (!PROTOCOLS.contains(name)) {
      throw new IllegalArgumentException("'" + protocol + "' is not tcp, udp or sctp");
    }
    int number = port == null ? -1 : Integer.parseInt(port);
    if (number < 0 || number > 65535) {
      throw new IllegalArgumentException("a port is 0 to 65535, not " + port);
    }
    return new HostPort(name, number, net == null || net.isEmpty() ? null : Cidr.parse(net));
  }

  private static @Nullable String text(@Nullable Object tree) {
    return tree == null ? null : ParameterTypes.text(tree);
  }
}
