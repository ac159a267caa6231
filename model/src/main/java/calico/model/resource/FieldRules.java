package calico.model.resource;

import calico.model.Cidr;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.schema.IsCidr;
import calico.model.schema.IsInterfaceAddress;
import calico.model.schema.IsIp;
import calico.model.schema.IsName;
import calico.model.schema.IsSelector;
import calico.model.schema.Matches;
import calico.model.schema.OneOf;
import calico.model.schema.Range;
import calico.model.schema.Required;
import calico.model.schema.Schema;
import calico.model.schema.Size;
import calico.model.schema.Unique;
import calico.model.schema.Unused;
import calico.model.selector.Selector;
import calico.model.selector.SelectorSyntaxException;
import java.lang.reflect.ParameterizedType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the annotations on the fields of a record and of the records in it demand. */
final class FieldRules {
  private static final int MAX_SELECTOR = 1024;

  /** Those of {@link Matches}, by their text. */
  private static final Map<String, Pattern> PATTERNS = new ConcurrentHashMap<>();

  private FieldRules() {}

  static void check(Record record, Problems problems) {
    for (Schema.Field field : Schema.of(record.getClass()).fields()) {
      Object value = field.get(record);
      if (value instanceof Unknown unknown) {
        unknown
            .fields()
            .forEach((name, tree) -> problems.warning(name, tree, Validator.UNKNOWN_FIELD));
        continue;
      }
      if (value instanceof List<?> list) {
        list(field, list, problems);
      } else {
        value(field, field.name(), value, problems);
      }
      if (field.has(Unused.class) && isGiven(value)) {
        boolean simple = !(value instanceof Record);
        problems.warning(field.name(), simple ? value : null, Validator.UNUSED_FIELD);
      }
    }
    DeclaredRules.check(record, problems);
  }

  /** Whether a field that is not used asks for anything. */
  private static boolean isGiven(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case String s -> !s.isEmpty();
      case List<?> list -> !list.isEmpty();
      default -> true;
    };
  }

  private static void list(Schema.Field field, List<?> list, Problems problems) {
    Unique unique = field.annotation(Unique.class);
    for (int i = 0; i < list.size(); i++) {
      String name = field.name() + "[" + i + "]";
      Object item = list.get(i);
      value(field, name, item, problems);
      if (unique != null && list.indexOf(item) < i) {
        if (unique.strict()) {
          problems.error(name, item, "stands there twice");
        } else {
          problems.warning(name, item, "stands there twice");
        }
      }
    }
    require(!list.isEmpty(), field, list, problems);
    Size size = field.annotation(Size.class);
    if (size != null && !list.isEmpty() && (list.size() < size.min() || list.size() > size.max())) {
      problems.error(field.name(), list.size() + " items", expected(size, "items"));
    }
  }

  private static String expected(Size size, String what) {
    return size.min() == 0
        ? "expected at most " + size.max() + " " + what
        : size.min() == size.max()
            ? "expected exactly " + size.max()
            : "expected " + size.min() + " to " + size.max() + " " + what;
  }

  private static void value(
      Schema.Field field, String name, @Nullable Object value, Problems problems) {
    switch (value) {
      case null -> {}
      case String s when s.isEmpty() -> require(false, field, s, problems);
      case String s -> string(field, name, s, problems);
      case Integer n -> number(field, name, n, problems);
      case AsNumber _, Port _, Protocol _ -> {}
      case Record r -> check(r, problems.at(name));
      default -> {}
    }
  }

  private static void require(
      boolean holds, Schema.Field field, @Nullable Object value, Problems problems) {
    if (!holds && field.has(Required.class)) {
      problems.error(field.name(), value, "the field is required");
    }
  }

  private static void number(Schema.Field field, String name, int n, Problems problems) {
    OneOf oneOf = field.annotation(OneOf.class);
    if (oneOf != null && !Arrays.asList(oneOf.value()).contains(Integer.toString(n))) {
      problems.error(name, n, "expected " + String.join(" or ", oneOf.value()));
    }
    Range range = field.annotation(Range.class);
    if (range != null && (n < range.min() || n > range.max())) {
      problems.error(name, n, "expected " + range.min() + " to " + range.max());
    }
  }

  private static void string(Schema.Field field, String name, String s, Problems problems) {
    OneOf oneOf = field.annotation(OneOf.class);
    IsSelector selector = field.annotation(IsSelector.class);
    IsCidr cidr = field.annotation(IsCidr.class);
    Matches matches = field.annotation(Matches.class);
    String reason = null;
    Size size = field.annotation(Size.class);
    boolean inList = field.type() instanceof ParameterizedType;
    if (size != null && !inList && s.length() > size.max()) {
      problems.error(name, s, expected(size, "characters"));
      return;
    }
    if (oneOf != null) {
      boolean known = Arrays.asList(oneOf.value()).contains(s);
      reason = known ? null : "expected one of " + String.join(", ", oneOf.value());
    } else if (selector != null) {
      reason = selector(s, selector.global());
    } else if (cidr != null) {
      reason = cidr(s, cidr.strict());
    } else if (matches != null) {
      Pattern pattern = PATTERNS.computeIfAbsent(matches.value(), Pattern::compile);
      reason = pattern.matcher(s).matches() ? null : "expected " + matches.expected();
    } else if (field.has(IsIp.class)) {
      reason = Ip.tryParse(s) != null ? null : "expected an IP address";
    } else if (field.has(IsInterfaceAddress.class)) {
      reason =
          InterfaceAddress.tryParse(s) != null
              ? null
              : "expected an IP address, maybe with the length of its subnet, such as 10.0.0.1/24";
    } else if (field.has(IsName.class)) {
      reason = MetadataRules.isName(s) ? null : MetadataRules.NAME_EXPECTED;
    }
    if (reason != null) {
      problems.error(name, s, reason);
    }
  }

  static @Nullable String selector(String s, boolean mayBeGlobal) {
    if (s.length() > MAX_SELECTOR) {
      return "a selector has at most " + MAX_SELECTOR + " characters, this one " + s.length();
    }
    Selector selector;
    try {
      selector = Selector.parse(s);
    } catch (SelectorSyntaxException e) {
      return "expected " + e.expected() + " at column " + e.column();
    }
    if (!usesGlobal(selector) || (mayBeGlobal && selector instanceof Selector.Global)) {
      return null;
    }
    return mayBeGlobal
        ? "global() must stand alone"
        : "global() is only possible as the namespaceSelector of a rule's source or destination";
  }

  private static boolean usesGlobal(Selector selector) {
    return switch (selector) {
      case Selector.Global _ -> true;
      case Selector.And s -> s.operands().stream().anyMatch(FieldRules::usesGlobal);
      case Selector.Or s -> s.operands().stream().anyMatch(FieldRules::usesGlobal);
      case Selector.Not s -> usesGlobal(s.operand());
      case Selector.All _,
          Selector.Has _,
          Selector.Equal _,
          Selector.NotEqual _,
          Selector.In _,
          Selector.NotIn _,
          Selector.Contains _,
          Selector.StartsWith _,
          Selector.EndsWith _ ->
          false;
    };
  }

  private static @Nullable String cidr(String s, boolean strict) {
    InterfaceAddress address = InterfaceAddress.tryParse(s);
    if (address == null) {
      return "expected an IP prefix such as 10.0.0.0/8 or fd00::/8";
    }
    Cidr network = address.network();
    return strict && !network.address().equals(address.ip())
        ? "bits beyond the prefix length are set: expected " + network
        : null;
  }
}
