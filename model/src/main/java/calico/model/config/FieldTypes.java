package calico.model.config;

import static calico.model.config.ParameterTypes.items;
import static calico.model.config.ParameterTypes.matching;
import static calico.model.config.ParameterTypes.text;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.GoDuration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The types of {@link UnusedParameters} that no parameter in use has. */
final class FieldTypes {
  private static final String INTERFACE_NAME = "[a-zA-Z0-9:._+-]{1,15}";
  private static final String TIMEOUT = "((([0-9]*(\\.[0-9]*)?(ms|s|h|m|us)+)+)|Auto)";
  private static final int MOST_NODE_PORT_RANGES = 7;
  private static final int MOST_TABLES = 250;
  private static final Map<String, Object> TEXT = Map.of("type", "string");
  private static final Map<String, Object> TEXTS = Map.of("type", "array", "items", TEXT);
  private static final List<String> CONNECTION_STATES =
      List.of(
          "creationGracePeriod",
          "tcpSynSent",
          "tcpEstablished",
          "tcpFinsSeen",
          "tcpResetSeen",
          "udpTimeout",
          "genericTimeout",
          "icmpTimeout");

  static final ParameterType<List<Cidr>> CIDRS =
      ParameterTypes.of(
          TEXTS, "a list of IP prefixes", List.of(), tree -> items(tree, Cidr::parse));

  static final ParameterType<List<Cidr>> CIDRS_V4 =
      ParameterTypes.of(
          TEXTS,
          "a list of IPv4 prefixes",
          List.of(),
          tree -> {
            List<Cidr> cidrs = items(tree, Cidr::parse);
            return cidrs.stream().allMatch(c -> c.family() == Family.IPV4) ? cidrs : null;
          });

  /** A packet mark. */
  static final ParameterType<Long> MARK =
      ParameterTypes.of(
          Map.of("type", "integer", "format", "int64", "minimum", 0L, "maximum", 0xffffffffL),
          "a mark of 32 bits",
          0L,
          tree -> {
            long mark = Long.decode(text(tree));
            return mark < 0 || mark > 0xffffffffL ? null : (Long) mark;
          });

  static final ParameterType<List<String>> INTERFACES =
      ParameterTypes.of(
          TEXTS, "a list of interface names, + for any end", List.of(), FieldTypes::interfaces);

  static final ParameterType<String> INTERFACE_FILTER =
      ParameterTypes.text("(" + INTERFACE_NAME + ")?", "an interface name, + for any end");

  static final ParameterType<String> INTERFACE =
      ParameterTypes.of(
          TEXT,
          "an interface name",
          "",
          tree -> matching(text(tree), "[a-zA-Z0-9_.-]{1,15}", "an interface name"));

  static final ParameterType<Map<String, String>> TEXT_BY_INTERFACE =
      ParameterTypes.of(
          Map.of("type", "object", "additionalProperties", TEXT),
          "text by interface name",
          Map.of(),
          tree ->
              object(
                  tree,
                  (name, value) -> {
                    String _ = matching(name, "[a-zA-Z0-9_.-]{1,15}", "an interface name");
                    return text(value);
                  }));

  static final ParameterType<Map<String, String>> TIMEOUTS =
      ParameterTypes.of(
          Map.of("type", "object", "properties", timeoutFields()),
          "a duration or Auto for each of " + String.join(", ", CONNECTION_STATES),
          Map.of(),
          tree ->
              object(
                  tree,
                  (name, value) -> {
                    if (!CONNECTION_STATES.contains(name)) {
                      throw new IllegalArgumentException("no connection's state is " + name);
                    }
                    return matching(text(value), TIMEOUT, "a duration or Auto");
                  }));

  static final ParameterType<Map<String, Duration>> TIMEOUT_BY_NAME =
      ParameterTypes.of(
          Map.of(
              "type",
              "array",
              "items",
              Map.of(
                  "type",
                  "object",
                  "required",
                  List.of("name", "timeout"),
                  "properties",
                  Map.of("name", TEXT, "timeout", TEXT))),
          "a list of objects with name and timeout",
          Map.of(),
          FieldTypes::overrides);

  static final ParameterType<Optional<NumberRange>> TABLES =
      ParameterTypes.of(
          Map.of(
              "type",
              "object",
              "required",
              List.of("min", "max"),
              "properties",
              Map.of("min", Map.of("type", "integer"), "max", Map.of("type", "integer"))),
          "a range of table numbers from 1 to "
              + MOST_TABLES
              + " such as 1-250, or an object with min and max",
          Optional.empty(),
          tree -> {
            Object range = tree instanceof Map<?, ?> ? List.of(tree) : tree;
            List<NumberRange> ranges = TableRanges.parse(range);
            return ranges.size() == 1 && ranges.getFirst().max() <= MOST_TABLES
                ? Optional.of(ranges.getFirst())
                : null;
          });

  static final ParameterType<List<NumberRange>> NODE_PORTS =
      ParameterTypes.of(
          Map.of(
              "type",
              "array",
              "maxItems",
              (long) MOST_NODE_PORT_RANGES,
              "items",
              Map.of("x-kubernetes-int-or-string", true)),
          "at most " + MOST_NODE_PORT_RANGES + " ports and ranges such as 30000:32767",
          List.of(),
          tree -> {
            List<NumberRange> out =
                items(tree, s -> ParameterTypes.PORT_RANGE.parse(s).orElseThrow());
            return out.size() > MOST_NODE_PORT_RANGES ? null : out;
          });

  static final ParameterType<String> RATE =
      ParameterTypes.of(
          Map.of("type", "string", "pattern", "^([1-9][0-9]{0,3}/(second|minute|hour|day))?$"),
          "1 to 9999 for each second, minute, hour or day, such as 10/minute",
          "",
          tree -> matching(text(tree), "[1-9][0-9]{0,3}/(second|minute|hour|day)", "such a rate"));

  static final ParameterType<String> DSCP =
      ParameterTypes.of(
          Map.of("x-kubernetes-int-or-string", true),
          "a code point: 0 to 63, or its name such as AF11",
          "",
          tree ->
              matching(
                  text(tree),
                  "[0-9]|[1-5][0-9]|6[0-3]|DF|EF|CS[0-7]|AF[1-4][1-3]|(?i:default|voice-admit|le)",
                  "a code point"));

  static final ParameterType<String> FEATURES =
      ParameterTypes.text(
          "([a-zA-Z0-9_-]+=[^=,]+,)*([a-zA-Z0-9_-]+=[^=,]+)?", "NAME=VALUE,NAME=VALUE");

  static final ParameterType<String> FEATURE_FLAGS =
      ParameterTypes.text(
          "([a-zA-Z0-9_-]+=(true|false|),)*([a-zA-Z0-9_-]+=(true|false|))?",
          "NAME=VALUE,NAME=VALUE, each VALUE true, false or nothing");

  private FieldTypes() {}

  private static Map<String, Object> timeoutFields() {
    return CONNECTION_STATES.stream()
        .collect(
            Collectors.toMap(
                s -> s, _ -> Map.of("type", "string", "pattern", "^" + TIMEOUT + "$")));
  }

  private static List<String> interfaces(Object tree) {
    return items(tree, s -> matching(s, INTERFACE_NAME, "an interface name"));
  }

  /** An object, or text NAME=VALUE,NAME=VALUE. */
  private static Map<String, String> object(Object tree, BiFunction<String, Object, String> value) {
    Map<String, String> out = new LinkedHashMap<>();
    if (tree instanceof Map<?, ?> map) {
      map.forEach((k, v) -> out.put(String.valueOf(k), value.apply(String.valueOf(k), given(v))));
    } else {
      for (String item : items(tree, s -> matching(s, "\\w+=.*", "NAME=VALUE"))) {
        int equals = item.indexOf('=');
        String name = item.substring(0, equals);
        out.put(name, value.apply(name, item.substring(equals + 1)));
      }
    }
    return out;
  }

  private static Map<String, Duration> overrides(Object tree) {
    Map<String, Duration> out = new LinkedHashMap<>();
    for (Object each : tree instanceof List<?> list ? list : namedTimeouts(text(tree))) {
      if (!(each instanceof Map<?, ?> map)) {
        throw new IllegalArgumentException("expected objects with name and timeout");
      }
      String name = matching(text(given(map.get("name"))), "[a-zA-Z0-9_ -]+", "the name of a part");
      Duration timeout = GoDuration.parse(text(given(map.get("timeout"))));
      if (timeout.isNegative()) {
        throw new IllegalArgumentException("a timeout cannot be negative");
      }
      out.put(name, timeout);
    }
    return out;
  }

  /** NAME=TIMEOUT,..., as it is written where there are no lists of objects. */
  private static List<Map<String, String>> namedTimeouts(String text) {
    List<Map<String, String>> out = new ArrayList<>();
    for (String item : text.split(",")) {
      String[] parts = item.split("=", 2);
      if (parts.length != 2) {
        throw new IllegalArgumentException("expected NAME=TIMEOUT,...");
      }
      out.add(Map.of("name", parts[0].strip(), "timeout", parts[1].strip()));
    }
    return out;
  }

  private static Object given(@Nullable Object value) {
    if (value == null) {
      throw new IllegalArgumentException("a value is missing");
    }
    return value;
  }
}
