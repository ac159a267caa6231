package calico.netlink.nftables;

import org.jspecify.annotations.Nullable;

/**
 * One element of a set or map.
 *
 * @param from the key, or the lowest key of a range; empty for the catchall element
 * @param to the highest key of the range, included; equal to {@code from} for a single key. In a
 *     concatenation every field is a range of its own
 * @param data what a map gives for it, else null
 * @param comment for people, at most 253 bytes; empty for none
 */
public record Element(Value from, Value to, @Nullable Data data, String comment) {
  public Element {
    if (from.length() != to.length()) {
      throw new IllegalArgumentException("a range from " + from + " to " + to + ": two widths");
    }
  }

  /** Without a comment. */
  public Element(Value from, Value to, @Nullable Data data) {
    this(from, to, data, "");
  }

  public static Element of(Value key) {
    return new Element(key, key, null);
  }

  public static Element of(Value key, Data data) {
    return new Element(key, key, data);
  }

  /** What a map gives for every key that it does not have otherwise. */
  public static Element catchall(Data data) {
    return new Element(Value.of(), Value.of(), data);
  }

  public boolean isCatchall() {
    return from.length() == 0;
  }

  public static Element range(Value from, Value to) {
    return new Element(from, to, null);
  }
}
