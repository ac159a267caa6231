package calico.model.crd;

import calico.model.config.FelixParameters;
import calico.model.config.Parameter;
import calico.model.config.UnusedParameters;
import calico.model.json.Json;
import calico.model.resource.AsNumber;
import calico.model.resource.Defaults;
import calico.model.resource.FelixConfigurationSpec;
import calico.model.resource.Kind;
import calico.model.resource.Port;
import calico.model.resource.Protocol;
import calico.model.resource.Unknown;
import calico.model.schema.Default;
import calico.model.schema.Doc;
import calico.model.schema.Fixed;
import calico.model.schema.IsCidr;
import calico.model.schema.IsName;
import calico.model.schema.IsSelector;
import calico.model.schema.KeepEmpty;
import calico.model.schema.Matches;
import calico.model.schema.OneOf;
import calico.model.schema.OnlyGlobal;
import calico.model.schema.Range;
import calico.model.schema.Required;
import calico.model.schema.Schema;
import calico.model.schema.Size;
import calico.model.schema.TextInV1;
import calico.model.schema.Unique;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Structural OpenAPI 3 schemas, as JSON trees, from the declarations of records. */
public final class OpenApi {
  private static final String KEEP_UNKNOWN = "x-kubernetes-preserve-unknown-fields";
  private static final String INT_OR_STRING = "x-kubernetes-int-or-string";
  private static final String RULES = "x-kubernetes-validations";
  private static final int MAX_SELECTOR = 1024;
  private static final int MAX_NAME = 253;

  private final ApiGroup group;

  /**
   * @param group defaults are only filled in {@link ApiGroup#V3}: what components write is complete
   */
  public OpenApi(ApiGroup group) {
    this.group = group;
  }

  /** The schema of a kind's spec. */
  public Map<String, @Nullable Object> spec(Kind<?> kind) {
    Map<String, @Nullable Object> spec =
        kind.specType() == FelixConfigurationSpec.class
            ? felix()
            : record(kind.specType(), kind.namespaced());
    spec.put("description", kind.doc());
    return spec;
  }

  /** Any object. */
  static Map<String, @Nullable Object> open() {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("type", "object");
    out.put(KEEP_UNKNOWN, true);
    return out;
  }

  private Map<String, @Nullable Object> felix() {
    Map<String, @Nullable Object> properties = new LinkedHashMap<>();
    for (Parameter<?> parameter : FelixParameters.all()) {
      if (!parameter.fieldName().isEmpty()) {
        properties.put(parameter.fieldName(), felix(parameter));
      }
    }
    for (Parameter<?> parameter : UnusedParameters.all()) {
      properties.put(parameter.fieldName(), felix(parameter));
    }
    properties.put(
        FelixConfigurationSpec.NODE_SELECTOR,
        Map.of("type", "string", "maxLength", (long) MAX_SELECTOR));
    Map<String, @Nullable Object> out = open();
    out.put("properties", properties);
    out.put(RULES, Rules.felix());
    return out;
  }

  private Map<String, @Nullable Object> felix(Parameter<?> parameter) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>(parameter.type().schema());
    out.put("description", parameter.doc());
    Object filled = Defaults.felixField(parameter.fieldName());
    if (filled != null && !filled.equals("") && group == ApiGroup.V3) {
      out.put("default", filled);
    }
    return out;
  }

  private Map<String, @Nullable Object> record(Class<?> type, boolean namespaced) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    Map<String, @Nullable Object> properties = new LinkedHashMap<>();
    List<@Nullable Object> required = new ArrayList<>();
    out.put("type", "object");
    for (Schema.Field field : Schema.of(type).fields()) {
      if (field.type() == Unknown.class) {
        out.put(KEEP_UNKNOWN, true);
        continue;
      }
      if (namespaced && field.has(OnlyGlobal.class)) {
        continue;
      }
      properties.put(field.name(), field(field));
      if (field.has(Required.class)) {
        required.add(field.name());
      }
    }
    out.put("properties", properties);
    if (!required.isEmpty()) {
      out.put("required", required);
    }
    put(out, RULES, Rules.of(type, properties.keySet()));
    return out;
  }

  private static void put(Map<String, @Nullable Object> out, String key, List<?> list) {
    if (!list.isEmpty()) {
      out.put(key, list);
    }
  }

  private Map<String, @Nullable Object> field(Schema.Field field) {
    boolean text = group == ApiGroup.V1 && field.has(TextInV1.class);
    Map<String, @Nullable Object> out =
        text ? new LinkedHashMap<>(Map.of("type", "string")) : type(field, field.type());
    Doc doc = field.annotation(Doc.class);
    if (doc != null) {
      out.put("description", doc.value());
    }
    Default given = field.annotation(Default.class);
    if (given != null && given.stored() && group == ApiGroup.V3) {
      out.put("default", Json.parse(given.value()));
    }
    if (field.has(Fixed.class)) {
      out.put(RULES, List.of(Rules.fixed(field.name())));
    }
    return out;
  }

  private Map<String, @Nullable Object> type(Schema.Field field, Type type) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    if (type instanceof ParameterizedType p) {
      Type[] arguments = p.getActualTypeArguments();
      boolean list = p.getRawType() == List.class;
      Map<String, @Nullable Object> item = type(field, arguments[arguments.length - 1]);
      if (list && field.coding().nullableItems()) {
        item.put("nullable", true);
      }
      out.put("type", list ? "array" : "object");
      out.put(list ? "items" : "additionalProperties", item);
      Size size = field.annotation(Size.class);
      if (list && size != null) {
        limits(size, "minItems", "maxItems", out);
      }
      if (field.has(Unique.class)) {
        out.put("x-kubernetes-list-type", "set");
      }
      return out;
    }
    Class<?> c = (Class<?>) type;
    if (c == Port.class || c == Protocol.class || c == AsNumber.class) {
      out.put(INT_OR_STRING, true);
    } else if (c == Object.class) {
      out.put(KEEP_UNKNOWN, true);
    } else if (c.isRecord()) {
      return record(c, false);
    } else if (c == String.class) {
      out.put("type", "string");
      text(field, out);
      Size size = field.annotation(Size.class);
      if (size != null && !(field.type() instanceof ParameterizedType)) {
        limits(size, "minLength", "maxLength", out);
      }
    } else if (c == Boolean.class || c == boolean.class) {
      out.put("type", "boolean");
    } else if (c == Double.class || c == double.class) {
      out.put("type", "number");
    } else {
      out.put("type", "integer");
      out.put("format", c == Integer.class || c == int.class ? "int32" : "int64");
      range(field, out);
    }
    return out;
  }

  private static void limits(
      Size size, String least, String most, Map<String, @Nullable Object> out) {
    if (size.min() > 0) {
      out.put(least, (long) size.min());
    }
    out.put(most, (long) size.max());
  }

  private static void range(Schema.Field field, Map<String, @Nullable Object> out) {
    OneOf oneOf = field.annotation(OneOf.class);
    if (oneOf != null) {
      out.put("enum", Arrays.stream(oneOf.value()).map(Long::valueOf).toList());
    }
    Range range = field.annotation(Range.class);
    if (range != null && range.min() != Long.MIN_VALUE) {
      out.put("minimum", range.min());
    }
    if (range != null && range.max() != Long.MAX_VALUE) {
      out.put("maximum", range.max());
    }
  }

  private static void text(Schema.Field field, Map<String, @Nullable Object> out) {
    OneOf oneOf = field.annotation(OneOf.class);
    if (oneOf != null) {
      List<@Nullable Object> words = new ArrayList<>(List.of(oneOf.value()));
      if (field.has(KeepEmpty.class)) {
        words.addFirst("");
      }
      out.put("enum", words);
    }
    if (field.has(IsSelector.class)) {
      out.put("maxLength", (long) MAX_SELECTOR);
    }
    if (field.has(IsName.class)) {
      out.put("maxLength", (long) MAX_NAME);
    }
    IsCidr cidr = field.annotation(IsCidr.class);
    if (cidr != null && cidr.strict()) {
      out.put("format", "cidr");
    }
    Matches matches = field.annotation(Matches.class);
    if (matches != null && isPortable(matches.value())) {
      out.put("pattern", "^(" + matches.value() + ")$");
    }
  }

  /** Kubernetes' regular expressions have no look-around (RE2). */
  private static boolean isPortable(String regex) {
    return !regex.contains("(?!") && !regex.contains("(?=") && !regex.contains("(?<");
  }
}
