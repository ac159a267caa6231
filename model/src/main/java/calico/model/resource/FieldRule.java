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
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the annotations on one field demand, read once per class.
 *
 * @param oneOf the values that it may have, or null for any
 * @param text what its text, or each text in its list, has to be
 */
record FieldRule(
    Schema.Field field,
    boolean required,
    boolean unused,
    @Nullable Unique unique,
    @Nullable Size size,
    @Nullable Range range,
    @Nullable List<String> oneOf,
    Text text) {

  private static final int MAX_SELECTOR = 1024;

  private static final ClassValue<List<FieldRule>> ALL =
      new ClassValue<>() {
        @Override
        protected List<FieldRule> computeValue(Class<?> type) {
          return Schema.of(type).fields().stream().map(FieldRule::read).toList();
        }
      };

  /** A check of text. */
  interface Text {
    /** What is wrong with it, or null. */
    @Nullable String reason(String text);
  }

  /** Of all fields of a record class, in order. */
  static List<FieldRule> of(Class<? extends Record> type) {
    return ALL.get(type);
  }

  private static FieldRule read(Schema.Field field) {
    OneOf oneOf = field.annotation(OneOf.class);
    return new FieldRule(
        field,
        field.has(Required.class),
        field.has(Unused.class),
        field.annotation(Unique.class),
        field.annotation(Size.class),
        field.annotation(Range.class),
        oneOf == null ? null : List.of(oneOf.value()),
        text(field));
  }

  private static Text text(Schema.Field field) {
    OneOf oneOf = field.annotation(OneOf.class);
    if (oneOf != null) {
      Set<String> known = Set.of(oneOf.value());
      String expected = "expected one of " + String.join(", ", oneOf.value());
      return s -> known.contains(s) ? null : expected;
    }
    IsSelector selector = field.annotation(IsSelector.class);
    if (selector != null) {
      boolean global = selector.global();
      return s -> selector(s, global);
    }
    IsCidr cidr = field.annotation(IsCidr.class);
    if (cidr != null) {
      boolean strict = cidr.strict();
      return s -> cidr(s, strict);
    }
    Matches matches = field.annotation(Matches.class);
    if (matches != null) {
      Pattern pattern = Pattern.compile(matches.value());
      return s -> pattern.matcher(s).matches() ? null : "expected " + matches.expected();
    }
    if (field.has(IsIp.class)) {
      return s -> Ip.tryParse(s) != null ? null : "expected an IP address";
    }
    if (field.has(IsInterfaceAddress.class)) {
      return s ->
          InterfaceAddress.tryParse(s) != null
              ? null
              : "expected an IP address, maybe with the length of its subnet, such as 10.0.0.1/24";
    }
    if (field.has(IsName.class)) {
      return s -> MetadataRules.isName(s) ? null : MetadataRules.NAME_EXPECTED;
    }
    return _ -> null;
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
      case Selector.And s -> s.operands().stream().anyMatch(FieldRule::usesGlobal);
      case Selector.Or s -> s.operands().stream().anyMatch(FieldRule::usesGlobal);
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
