package calico.model.resource;

import calico.model.Cidr;
import calico.model.GoDuration;
import calico.model.Ip;
import calico.model.json.Yaml;
import java.math.BigInteger;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Codecs of the types that are a single JSON string, number or boolean. */
final class ScalarCodecs {
  /** Go durations, kept as text in canonical form, as upstream stores them. */
  static final TreeCodec DURATION =
      text(
          "a duration such as 1m30s", s -> GoDuration.print(GoDuration.parse(s)), Object::toString);

  private static final TreeCodec INT =
      new Scalar(
          "an integer of 32 bits",
          t -> {
            Long n = integral(t);
            return n == null || n != n.intValue() ? null : (Object) n.intValue();
          },
          v -> (long) (Integer) v);
  private static final TreeCodec LONG =
      new Scalar("an integer of 64 bits", ScalarCodecs::integral, v -> v);
  private static final TreeCodec BOOLEAN =
      new Scalar("true or false", t -> t instanceof Boolean ? t : null, v -> v);

  private static final Map<Class<?>, TreeCodec> BY_TYPE =
      Map.ofEntries(
          Map.entry(String.class, new Scalar("a string", Yaml::string, v -> v)),
          Map.entry(Boolean.class, BOOLEAN),
          Map.entry(boolean.class, BOOLEAN),
          Map.entry(Integer.class, INT),
          Map.entry(int.class, INT),
          Map.entry(Long.class, LONG),
          Map.entry(long.class, LONG),
          Map.entry(
              Double.class,
              new Scalar(
                  "a number",
                  t -> t instanceof Number n ? (Object) n.doubleValue() : null,
                  v -> v)),
          Map.entry(
              double.class,
              new Scalar(
                  "a number",
                  t -> t instanceof Number n ? (Object) n.doubleValue() : null,
                  v -> v)),
          Map.entry(
              Port.class,
              new Scalar("a port, a:b or a port's name", Port::of, v -> ((Port) v).tree())),
          Map.entry(
              Protocol.class,
              new Scalar("a protocol's name or number", Protocol::of, v -> ((Protocol) v).tree())),
          Map.entry(
              AsNumber.class, new Scalar("an AS number", AsNumber::of, v -> ((AsNumber) v).tree())),
          Map.entry(Cidr.class, text("an IP prefix", Cidr::parse, Object::toString)),
          Map.entry(Ip.class, text("an IP address", Ip::parse, Object::toString)));

  private ScalarCodecs() {}

  /** The codec of a type, or null if it is not a scalar. */
  static @Nullable TreeCodec of(Class<?> type) {
    return BY_TYPE.get(type);
  }

  /** An integer, or a fraction that is one, such as 10.0; null if it is neither. */
  private static @Nullable Long integral(Object tree) {
    return switch (tree) {
      case Long n -> n;
      case Double d when d == Math.rint(d) && Math.abs(d) < 0x1p53 -> (long) (double) d;
      case BigInteger _ -> null;
      default -> null;
    };
  }

  private static TreeCodec text(
      String expected, Function<String, Object> parse, Function<Object, Object> print) {
    return new Scalar(expected, t -> t instanceof String s ? parse.apply(s) : null, print);
  }

  /**
   * @param decode null, or an IllegalArgumentException with the reason, for another tree
   */
  private record Scalar(
      String expected,
      Function<Object, @Nullable Object> decode,
      Function<Object, @Nullable Object> encode)
      implements TreeCodec {
    @Override
    public @Nullable Object decode(@Nullable Object tree) {
      if (tree == null) {
        return null;
      }
      Object value;
      try {
        value = decode.apply(tree);
      } catch (IllegalArgumentException e) {
        throw new DecodeException("", tree, String.valueOf(e.getMessage()));
      }
      if (value == null) {
        throw new DecodeException("", tree, "expected " + expected);
      }
      return value;
    }

    @Override
    public @Nullable Object encode(@Nullable Object value) {
      return value == null ? null : encode.apply(value);
    }
  }
}
