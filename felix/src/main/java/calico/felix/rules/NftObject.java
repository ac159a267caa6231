package calico.felix.rules;

import calico.netlink.nftables.BaseChain;
import calico.netlink.nftables.Element;
import calico.netlink.nftables.SetSpec;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a table holds under an {@link NftKey}. */
public sealed interface NftObject {

  /**
   * A chain and its rules. Two chains are equal when they are attached alike and their rules carry
   * the same comments: a comment begins with a hash of its rule's expressions, which is what can be
   * compared with a chain that was read back.
   */
  final class NftChain implements NftObject {
    private final @Nullable BaseChain base;
    private final List<NftRule> rules;

    /**
     * A chain.
     *
     * @param base how it is attached, or null if it is only jumped to
     */
    public NftChain(@Nullable BaseChain base, List<NftRule> rules) {
      this.base = base;
      this.rules = List.copyOf(rules);
    }

    public @Nullable BaseChain base() {
      return base;
    }

    public List<NftRule> rules() {
      return rules;
    }

    @Override
    public boolean equals(@Nullable Object o) {
      if (!(o instanceof NftChain other)
          || !Objects.equals(base, other.base)
          || rules.size() != other.rules.size()) {
        return false;
      }
      for (int i = 0; i < rules.size(); i++) {
        if (!rules.get(i).comment().equals(other.rules.get(i).comment())) {
          return false;
        }
      }
      return true;
    }

    @Override
    public int hashCode() {
      int hash = Objects.hashCode(base);
      for (NftRule rule : rules) {
        hash = 31 * hash + rule.comment().hashCode();
      }
      return hash;
    }

    @Override
    public String toString() {
      return "NftChain[base=" + base + ", rules=" + rules + "]";
    }
  }

  /** A set or map. */
  record NftSet(SetSpec spec) implements NftObject {}

  /** An element; for a map with its verdict. */
  record NftElement(Element element) implements NftObject {
    /** Its key in a set or map. */
    public NftKey.ElementKey key(NftKey.SetKey set) {
      return new NftKey.ElementKey(set.name(), element.from(), element.to());
    }
  }
}
