package calico.model.resource;

import calico.model.schema.Schema;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Codec of a record class. Its components are the fields; a last component of type {@link Unknown}
 * takes the fields that are not declared. Absent fields are null, or for a primitive zero, or for a
 * collection that is not nullable empty. Null, empty strings and empty collections are not written,
 * nor, where {@link OmitZero} stands, are false, zero and records without fields.
 */
final class RecordCodec implements TreeCodec {
  private static final ClassValue<RecordCodec> ALL =
      new ClassValue<>() {
        @Override
        protected RecordCodec computeValue(Class<?> type) {
          return new RecordCodec(Schema.of(type));
        }
      };

  private final Schema schema;
  private final TreeCodec[] codecs;
  private final boolean keepsUnknown;
  private final Map<String, Integer> indexes = new HashMap<>();

  /** What the components of absent fields hold. */
  private final @Nullable Object[] absent;

  /** The places of the fields that may not be absent. */
  private final int[] required;

  private RecordCodec(Schema schema) {
    this.schema = schema;
    List<Schema.Field> fields = schema.fields();
    this.keepsUnknown = !fields.isEmpty() && fields.getLast().type() == Unknown.class;
    this.codecs = new TreeCodec[keepsUnknown ? fields.size() - 1 : fields.size()];
    for (int i = 0; i < codecs.length; i++) {
      Schema.Field field = fields.get(i);
      codecs[i] = codec(field);
      indexes.put(field.name(), i);
    }
    this.absent = fields.stream().map(RecordCodec::absent).toArray();
    this.required =
        IntStream.range(0, codecs.length).filter(i -> fields.get(i).coding().required()).toArray();
  }

  static RecordCodec of(Class<?> type) {
    return ALL.get(type);
  }

  @Override
  public @Nullable Object decode(@Nullable Object tree) {
    if (tree == null) {
      return null;
    }
    if (!(tree instanceof Map<?, ?> map)) {
      throw new DecodeException("", tree, "expected an object");
    }
    @Nullable Object[] values = absent.clone();
    Map<String, @Nullable Object> unknown = Map.of();
    for (Map.Entry<?, ?> member : map.entrySet()) {
      String name = String.valueOf(member.getKey());
      Integer place = indexes.get(name);
      if (place == null) {
        unknown = unknown.isEmpty() ? new LinkedHashMap<>() : unknown;
        unknown.put(name, member.getValue());
      } else if (member.getValue() != null) {
        values[place] = decodeAt(name, codecs[place], member.getValue());
      }
    }
    for (int place : required) {
      if (values[place] == null) {
        throw new DecodeException(schema.fields().get(place).name(), null, "the field is required");
      }
    }
    if (keepsUnknown) {
      values[codecs.length] = unknown.isEmpty() ? Unknown.NONE : new Unknown(unknown);
    }
    return schema.create(values);
  }

  /** Decodes what stands in a tree, at a field or {@code [index]}. */
  private static @Nullable Object decodeAt(String at, TreeCodec codec, @Nullable Object tree) {
    try {
      return codec.decode(tree);
    } catch (DecodeException e) {
      throw e.under(at);
    }
  }

  @Override
  public @Nullable Object encode(@Nullable Object value) {
    return value == null ? null : encodeRecord((Record) value);
  }

  Map<String, @Nullable Object> encodeRecord(Record value) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    for (int i = 0; i < codecs.length; i++) {
      Schema.Field field = schema.fields().get(i);
      Object tree = codecs[i].encode(field.get(value));
      if (!isOmitted(tree, field)) {
        out.put(field.name(), tree);
      }
    }
    out.putAll(unknown(value));
    return out;
  }

  /** How many fields have a place, from 0; those that are not known have none. */
  int places() {
    return codecs.length;
  }

  /** The place of a field, null for one that is not known. */
  @Nullable Integer place(String name) {
    return indexes.get(name);
  }

  /** The tree of one field, a record as a {@link RecordTree}; null if it has none or is omitted. */
  @Nullable Object tree(Record value, int place) {
    Schema.Field field = schema.fields().get(place);
    Object given = field.get(value);
    Object tree =
        codecs[place] instanceof RecordCodec && given instanceof Record record
            ? new RecordTree(record)
            : codecs[place].encode(given);
    return isOmitted(tree, field) ? null : tree;
  }

  /** The fields that are not known. */
  Map<String, @Nullable Object> unknown(Record value) {
    return keepsUnknown && schema.fields().get(codecs.length).get(value) instanceof Unknown unknown
        ? unknown.fields()
        : Map.of();
  }

  private static boolean isOmitted(@Nullable Object tree, Schema.Field field) {
    return switch (tree) {
      case null -> true;
      case String s -> s.isEmpty() && !field.coding().required() && !field.coding().keepsEmpty();
      case List<?> list ->
          list.isEmpty() && !field.coding().required() && !field.coding().keepsEmpty();
      // Asked last: a lazy tree has to look at its fields.
      case Map<?, ?> map ->
          (field.coding().omitsZero() || (isMap(field.type()) && !field.coding().keepsEmpty()))
              && map.isEmpty();
      case Boolean b -> !b && field.coding().omitsZero();
      case Number n -> n.doubleValue() == 0 && field.coding().omitsZero();
      default -> false;
    };
  }

  private static boolean isMap(Type type) {
    return type instanceof ParameterizedType p && p.getRawType() == Map.class;
  }

  /** What an absent field's component holds. */
  private static @Nullable Object absent(Schema.Field field) {
    if (field.type() == boolean.class) {
      return false;
    }
    if (field.type() == int.class) {
      return 0;
    }
    if (field.type() == double.class) {
      return 0.0;
    }
    return field.type() == long.class ? 0L : null;
  }

  private static TreeCodec codec(Schema.Field field) {
    if (field.coding().duration()) {
      return ScalarCodecs.DURATION;
    }
    TreeCodec codec = codec(field.type());
    return codec instanceof ListCodec list && field.coding().nullableItems()
        ? new ListCodec(list.item(), true)
        : codec;
  }

  private static TreeCodec codec(Type type) {
    if (type instanceof ParameterizedType p) {
      TreeCodec last = codec(p.getActualTypeArguments()[p.getActualTypeArguments().length - 1]);
      return p.getRawType() == List.class ? new ListCodec(last, false) : new MapCodec(last);
    }
    Class<?> c = (Class<?>) type;
    TreeCodec scalar = ScalarCodecs.of(c);
    if (scalar != null) {
      return scalar;
    }
    return c == Object.class ? new AnyCodec() : of(c);
  }

  /** A JSON tree kept as it is. */
  private record AnyCodec() implements TreeCodec {
    @Override
    public @Nullable Object decode(@Nullable Object tree) {
      return tree;
    }

    @Override
    public @Nullable Object encode(@Nullable Object value) {
      return value;
    }
  }

  private record ListCodec(TreeCodec item, boolean nullable) implements TreeCodec {
    @Override
    public @Nullable Object decode(@Nullable Object tree) {
      if (tree == null) {
        return null;
      }
      if (!(tree instanceof List<?> list)) {
        throw new DecodeException("", tree, "expected a list");
      }
      List<@Nullable Object> out = new ArrayList<>(list.size());
      try {
        for (Object each : list) {
          Object value = item.decode(each);
          if (value == null && !nullable) {
            throw new DecodeException("", null, "a list may not hold null");
          }
          out.add(value);
        }
      } catch (DecodeException e) {
        throw e.under("[" + out.size() + "]");
      }
      return nullable ? Collections.unmodifiableList(out) : List.copyOf(out);
    }

    @Override
    public @Nullable Object encode(@Nullable Object value) {
      if (value == null) {
        return null;
      }
      List<@Nullable Object> out = new ArrayList<>();
      for (Object each : (List<?>) value) {
        out.add(item.encode(each));
      }
      return out;
    }
  }

  /** A map with string keys; written in the order of its keys, as Go does. */
  private record MapCodec(TreeCodec item) implements TreeCodec {
    @Override
    public @Nullable Object decode(@Nullable Object tree) {
      if (tree == null) {
        return null;
      }
      if (!(tree instanceof Map<?, ?> map)) {
        throw new DecodeException("", tree, "expected an object");
      }
      Map<String, Object> out = new LinkedHashMap<>();
      for (Map.Entry<?, ?> e : map.entrySet()) {
        String key = String.valueOf(e.getKey());
        Object value = decodeAt(key, item, e.getValue());
        if (value == null) {
          throw new DecodeException(key, null, "a value is missing");
        }
        out.put(key, value);
      }
      return Collections.unmodifiableMap(out);
    }

    @Override
    public @Nullable Object encode(@Nullable Object value) {
      if (value == null) {
        return null;
      }
      Map<String, @Nullable Object> out = new TreeMap<>();
      ((Map<?, ?>) value).forEach((k, v) -> out.put(String.valueOf(k), item.encode(v)));
      return out;
    }
  }
}
