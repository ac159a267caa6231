package calico.model.config;

import calico.model.Family;
import calico.model.GoDuration;
import calico.model.Ip;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The types that Felix's parameters have. */
final class ParameterTypes {
  private static final Set<String> TRUES = Set.of("true", "1", "yes", "y", "t");
  private static final Set<String> FALSES = Set.of("false", "0", "no", "n", "f");
  private static final int MIN_MARK_BITS = 3;
  private static final Map<String, Object> STRING_FIELD = Map.of("type", "string");
  private static final Map<String, Object> BOOLEAN_FIELD = Map.of("type", "boolean");

  static final ParameterType<Boolean> FLAG =
      of(
          BOOLEAN_FIELD,
          "true or false",
          false,
          tree -> {
            String text = text(tree).toLowerCase(Locale.ROOT);
            return TRUES.contains(text) ? Boolean.TRUE : FALSES.contains(text) ? false : null;
          });

  /** True, false, or not said. */
  static final ParameterType<Optional<Boolean>> OPTIONAL_FLAG =
      of(BOOLEAN_FIELD, "true or false", Optional.empty(), tree -> Optional.of(FLAG.parse(tree)));

  /** Text is a number of seconds or a Go duration. */
  static final ParameterType<Duration> DURATION =
      of(
          STRING_FIELD,
          "a duration such as 90s, or a number of seconds",
          Duration.ZERO,
          tree ->
              text(tree).matches("[0-9]+(\\.[0-9]*)?")
                  ? Duration.ofNanos(Math.round(Double.parseDouble(text(tree)) * 1e9))
                  : GoDuration.parse(text(tree)));

  static final ParameterType<String> STRING =
      of(STRING_FIELD, "a string", "", ParameterTypes::text);

  /** A namespace is named after the region. */
  static final ParameterType<String> REGION =
      text("([a-z0-9]([-a-z0-9]{0,44}[a-z0-9])?)?", "at most 46 of a-z, 0-9 and inner '-'");

  static final ParameterType<String> HOST =
      text("([a-zA-Z0-9:._+-]{1,64})?", "an address or a host's name");

  static final ParameterType<String> LOG_TEXT =
      text("[a-zA-Z0-9%: /_-]*", "letters, digits, blanks, '%', ':', '/', '_', '-'");

  /** Bits of the packet mark that Felix may use. */
  static final ParameterType<Long> MARK_MASK =
      of(
          Map.of("type", "integer", "format", "int64", "minimum", 0L, "maximum", 0xffffffffL),
          "a mask of 32 bits with at least " + MIN_MARK_BITS + " set, such as 0xffff0000",
          0L,
          tree -> {
            long mask = Long.decode(text(tree));
            boolean fits = mask >= 0 && mask <= 0xffffffffL;
            return fits && Long.bitCount(mask) >= MIN_MARK_BITS ? (Long) mask : null;
          });

  private static final Map<String, Pattern> PATTERN_BY_TEXT = new ConcurrentHashMap<>();

  static final ParameterType<Pattern> PATTERN =
      of(STRING_FIELD, "a regular expression", Pattern.compile(""), tree -> pattern(text(tree)));

  /** Names, or regular expressions between slashes, separated by commas. */
  static final ParameterType<List<Pattern>> PATTERNS =
      of(
          STRING_FIELD,
          "a list of interface names and /regular expressions/, separated by commas",
          List.of(),
          tree -> items(tree, ParameterTypes::interfacePattern));

  static final ParameterType<List<String>> INTERFACE_PREFIXES =
      of(
          STRING_FIELD,
          "a list of interface name prefixes, separated by commas",
          List.of(),
          tree ->
              items(tree, s -> matching(s, "[a-zA-Z0-9:._+-]{1,15}", "an interface name prefix")));

  static final ParameterType<List<HostPort>> HOST_PORTS =
      of(
          HostPorts.FIELD,
          "a list of protocol:port or protocol:net:port",
          List.of(),
          HostPorts::parse);

  static final ParameterType<Optional<NumberRange>> PORT_RANGE =
      of(
          Map.of("x-kubernetes-int-or-string", true),
          "a port or a range such as 32768:65535",
          Optional.empty(),
          tree -> {
            String[] ends = matching(text(tree), "[0-9]{1,5}(:[0-9]{1,5})?", "ports").split(":");
            int min = Integer.parseInt(ends[0]);
            int max = Integer.parseInt(ends[ends.length - 1]);
            return max > 65535 ? null : Optional.of(new NumberRange(min, max));
          });

  static final ParameterType<List<URI>> ENDPOINTS =
      of(
          STRING_FIELD,
          "a list of http(s)://host:port, separated by commas",
          List.of(),
          tree -> items(tree, ParameterTypes::endpoint));

  static final ParameterType<List<NumberRange>> TABLE_RANGES =
      of(
          TableRanges.FIELD,
          "a list of ranges of table numbers such as 1-250",
          List.of(),
          TableRanges::parse);

  private ParameterTypes() {}

  static ParameterType<Integer> integer(int min, int max) {
    return of(
        min == Integer.MIN_VALUE
            ? Map.of("type", "integer")
            : Map.of("type", "integer", "minimum", (long) min, "maximum", (long) max),
        min == Integer.MIN_VALUE ? "an integer" : "an integer from " + min + " to " + max,
        0,
        tree -> {
          long n = Long.decode(text(tree));
          return n < min || n > max ? null : (Integer) (int) n;
        });
  }

  /** One of some words, in any case; the value is the word as listed. */
  static ParameterType<String> oneOf(String... words) {
    return of(
        Map.of("type", "string", "pattern", "^(?i)(" + String.join("|", words) + ")?$"),
        "one of " + String.join(", ", words),
        "",
        tree -> {
          for (String word : words) {
            if (word.equalsIgnoreCase(text(tree))) {
              return word;
            }
          }
          return null;
        });
  }

  /** Text that a regular expression matches as a whole. */
  static ParameterType<String> text(String regex, String expected) {
    return of(
        Map.of("type", "string", "pattern", "^(" + regex + ")$"),
        expected,
        "",
        tree -> text(tree).matches(regex) ? text(tree) : null);
  }

  /** As {@link #oneOf}, but in a FelixConfiguration only as listed. */
  static ParameterType<String> enumeration(String... words) {
    ParameterType<String> type = oneOf(words);
    return of(Map.of("type", "string", "enum", List.of(words)), type.expected(), "", type::parse);
  }

  static ParameterType<Optional<Ip>> address(Family family) {
    return of(
        Map.of(
            "type",
            "string",
            "maxLength",
            45L,
            "x-kubernetes-validations",
            List.of(
                Map.of(
                    "rule",
                    "size(self) == 0 || (isIP(self) && ip(self).family() == %d)"
                        .formatted(family.version()),
                    "message",
                    "expected an IPv" + family.version() + " address"))),
        "an IPv" + family.version() + " address",
        Optional.empty(),
        tree -> {
          Ip ip = Ip.tryParse(text(tree));
          return ip == null || ip.family() != family ? null : Optional.of(ip);
        });
  }

  static String matching(String text, String regex, String expected) {
    if (!text.matches(regex)) {
      throw new IllegalArgumentException("'" + text + "' is not " + expected);
    }
    return text;
  }

  /** A scalar tree as text. */
  static String text(Object tree) {
    return switch (tree) {
      case String s -> s.strip();
      case Boolean b -> b.toString();
      case Long n -> n.toString();
      default -> throw new IllegalArgumentException("expected one value");
    };
  }

  /** The parts of text at commas, empty ones left out, or the items of a list. */
  static <T> List<T> items(Object tree, Function<String, T> item) {
    List<T> out = new ArrayList<>();
    List<?> parts = tree instanceof List<?> list ? list : List.of(text(tree).split(","));
    for (Object part : parts) {
      String text = text(part);
      if (!text.isEmpty()) {
        out.add(item.apply(text));
      }
    }
    return List.copyOf(out);
  }

  /** Equal texts are one pattern: patterns that are two are never equal. */
  private static Pattern pattern(String text) {
    try {
      return PATTERN_BY_TEXT.computeIfAbsent(text, Pattern::compile);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(e.getDescription() + " in the regular expression", e);
    }
  }

  private static Pattern interfacePattern(String text) {
    return text.length() > 1 && text.startsWith("/") && text.endsWith("/")
        ? pattern(text.substring(1, text.length() - 1))
        : pattern(
            "^"
                + Pattern.quote(matching(text, "[a-zA-Z0-9:._+-]{1,15}", "an interface name"))
                + "$");
  }

  private static URI endpoint(String text) {
    URI uri = URI.create(text);
    boolean plain =
        uri.getHost() != null
            && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
            && uri.getUserInfo() == null
            && uri.getQuery() == null
            && (uri.getPath().isEmpty() || uri.getPath().equals("/"));
    if (!plain) {
      throw new IllegalArgumentException("expected http(s)://host:port");
    }
    return uri;
  }

  /**
   * @param parse gives null, or throws IllegalArgumentException, for what is not a value
   */
  static <T> ParameterType<T> of(
      Map<String, Object> schema, String expected, T none, Parse<T> parse) {
    return new Simple<>(schema, expected, none, parse);
  }

  /** Reads one value; null if it is none. */
  @FunctionalInterface
  interface Parse<T> {
    @org.jspecify.annotations.Nullable
    T parse(Object tree);
  }

  private record Simple<T>(Map<String, Object> schema, String expected, T none, Parse<T> parser)
      implements ParameterType<T> {
    @Override
    public T parse(Object tree) {
      T value;
      try {
        value = parser.parse(tree);
      } catch (NumberFormatException e) {
        value = null;
      }
      if (value == null) {
        throw new IllegalArgumentException("expected " + expected);
      }
      return value;
    }
  }
}
