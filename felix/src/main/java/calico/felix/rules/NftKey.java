package calico.felix.rules;

import calico.netlink.nftables.Value;
import org.jspecify.annotations.Nullable;

/** Names one object of a table. */
public sealed interface NftKey {

  /** A chain with its rules. */
  record ChainKey(String name) implements NftKey {}

  /** A set or map without its elements. */
  record SetKey(String name) implements NftKey {}

  /** One element of a set or map: a key, or a range of keys with both ends included. */
  record ElementKey(String set, Value from, Value to) implements NftKey {
    @Override
    public boolean equals(@Nullable Object o) {
      return o instanceof ElementKey other
          && from.equals(other.from)
          && to.equals(other.to)
          && set.equals(other.set);
    }

    /** Of most elements both ends are the same. */
    @Override
    public int hashCode() {
      return 31 * from.hashCode() + Integer.rotateLeft(to.hashCode(), 16) + set.hashCode();
    }
  }
}
