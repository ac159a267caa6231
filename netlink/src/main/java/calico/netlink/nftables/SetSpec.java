package calico.netlink.nftables;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A named set or map, without its elements.
 *
 * @param name at most 255 bytes; {@code nft} itself takes letters, digits and {@code _ . / \ -}
 * @param key one field, or the fields of a concatenation in order
 * @param interval elements are ranges; the caller never gives two that overlap
 * @param target what the map gives, or null for a set
 * @param timeoutMillis how long an element stays; 0: for ever
 * @param counted whether each element counts the packets that find it
 */
public record SetSpec(
    String name,
    List<DataType> key,
    boolean interval,
    @Nullable MapTarget target,
    long timeoutMillis,
    boolean counted) {

  /** What stands at the right of a map's element. */
  public sealed interface MapTarget {
    /** A verdict: the map is what {@code nft} calls a vmap. */
    record ToVerdict() implements MapTarget {}

    /** A value, concatenated from these fields. */
    record ToValue(List<DataType> type) implements MapTarget {
      public ToValue {
        type = List.copyOf(type);
      }
    }
  }

  public SetSpec {
    key = List.copyOf(key);
    if (key.isEmpty()) {
      throw new IllegalArgumentException("set \"" + name + "\": the key has no field");
    }
  }

  /** Of elements that do not count. */
  public SetSpec(
      String name,
      List<DataType> key,
      boolean interval,
      @Nullable MapTarget target,
      long timeoutMillis) {
    this(name, key, interval, target, timeoutMillis, false);
  }

  /** A set of single keys. */
  public static SetSpec set(String name, DataType... key) {
    return new SetSpec(name, List.of(key), false, null, 0);
  }

  /** A set of ranges; with several key fields, of boxes (each field a range). */
  public static SetSpec intervals(String name, DataType... key) {
    return new SetSpec(name, List.of(key), true, null, 0);
  }

  /** A map from single keys to verdicts. */
  public static SetSpec verdictMap(String name, DataType... key) {
    return new SetSpec(name, List.of(key), false, new MapTarget.ToVerdict(), 0);
  }

  /** Whether there are several key fields. */
  public boolean concatenated() {
    return key.size() > 1;
  }

  /** Width of the whole key in bytes; fields of a concatenation are padded to four. */
  public int keyLength() {
    return length(key);
  }

  int keyCode() {
    return code(key);
  }

  static int length(List<DataType> fields) {
    if (fields.size() == 1) {
      return fields.getFirst().length;
    }
    return fields.stream().mapToInt(field -> Value.padded(field.length)).sum();
  }

  static int code(List<DataType> fields) {
    return fields.stream().mapToInt(DataType::code).reduce(0, (all, next) -> all << 6 | next);
  }

  /** The fields of a concatenation's number, or null when one is not known here. */
  static @Nullable List<DataType> fields(int code) {
    List<DataType> fields = new ArrayList<>();
    for (int rest = code; rest != 0; rest >>>= 6) {
      DataType field = DataType.of(rest & 63);
      if (field == null) {
        return null;
      }
      fields.add(field);
    }
    Collections.reverse(fields);
    return fields;
  }
}
