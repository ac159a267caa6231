package calico.netlink.nftables;

import calico.netlink.Message;
import calico.netlink.MessageWriter;
import calico.netlink.Request;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One change in a {@link Batch}, as a message of the nf_tables subsystem.
 *
 * <pre>
 * nlmsghdr   type = NFNL_SUBSYS_NFTABLES (10) &lt;&lt; 8 | NFT_MSG_*
 * nfgenmsg   u8 family, u8 version 0, be16 resource id 0
 * attributes NFTA_TABLE_*, NFTA_CHAIN_*, NFTA_RULE_*, NFTA_SET_*, NFTA_SET_ELEM_LIST_*
 * </pre>
 */
public sealed interface Operation extends Request {
  Table table();

  /** The NFT_MSG_* number. */
  int message();

  @Override
  default int type() {
    return NftMessage.type(message());
  }

  @Override
  default int flags() {
    return 0;
  }

  @Override
  default void encode(MessageWriter to) {
    NftMessage.header(to, table().family());
    attributes(to);
  }

  /** Writes what follows the family header. */
  void attributes(MessageWriter to);

  /** Creates the table; nothing happens when it exists. */
  record AddTable(Table table) implements Operation {
    @Override
    public int message() {
      return NftMessage.NEWTABLE;
    }

    @Override
    public int flags() {
      return Message.CREATE;
    }

    @Override
    public void attributes(MessageWriter to) {
      to.string(NftMessage.TABLE_NAME, table.name()).be32(NftMessage.TABLE_FLAGS, 0);
    }
  }

  /** Deletes the table with all that is in it. */
  record DeleteTable(Table table) implements Operation {
    @Override
    public int message() {
      return NftMessage.DELTABLE;
    }

    @Override
    public void attributes(MessageWriter to) {
      to.string(NftMessage.TABLE_NAME, table.name());
    }
  }

  /** Creates a chain; nothing happens when it exists with the same base. */
  record AddChain(Table table, String chain, @Nullable BaseChain base) implements Operation {
    @Override
    public int message() {
      return NftMessage.NEWCHAIN;
    }

    @Override
    public int flags() {
      return Message.CREATE;
    }

    @Override
    public void attributes(MessageWriter to) {
      to.string(NftMessage.CHAIN_TABLE, table.name()).string(NftMessage.CHAIN_NAME, chain);
      if (base != null) {
        to.string(NftMessage.CHAIN_TYPE, base.type());
        to.be32(NftMessage.CHAIN_POLICY, base.policyDrop() ? 0 : 1);
        int hook = to.nest(NftMessage.CHAIN_HOOK);
        to.be32(NftMessage.HOOK_NUMBER, NftMessage.hookNumber(table.family(), base.hook()));
        to.be32(NftMessage.HOOK_PRIORITY, base.priority());
        to.endNest(hook);
      }
    }
  }

  /** Deletes a chain; it has to be without rules and nothing may jump to it. */
  record DeleteChain(Table table, String chain) implements Operation {
    @Override
    public int message() {
      return NftMessage.DELCHAIN;
    }

    @Override
    public void attributes(MessageWriter to) {
      to.string(NftMessage.CHAIN_TABLE, table.name()).string(NftMessage.CHAIN_NAME, chain);
    }
  }

  /** Deletes the rules of a chain, or of all chains of the table when {@code chain} is null. */
  record FlushRules(Table table, @Nullable String chain) implements Operation {
    @Override
    public int message() {
      return NftMessage.DELRULE;
    }

    @Override
    public void attributes(MessageWriter to) {
      to.string(NftMessage.RULE_TABLE, table.name());
      if (chain != null) {
        to.string(NftMessage.RULE_CHAIN, chain);
      }
    }
  }

  /** Adds a rule at the chain's end. */
  record AddRule(Table table, String chain, List<Expr> expressions, String comment)
      implements Operation {
    public AddRule {
      expressions = List.copyOf(expressions);
    }

    @Override
    public int message() {
      return NftMessage.NEWRULE;
    }

    @Override
    public int flags() {
      return Message.CREATE | Message.APPEND;
    }

    @Override
    public void attributes(MessageWriter to) {
      to.string(NftMessage.RULE_TABLE, table.name()).string(NftMessage.RULE_CHAIN, chain);
      ExprCodec.encode(to, NftMessage.RULE_EXPRESSIONS, expressions);
      if (!comment.isEmpty()) {
        to.attribute(NftMessage.RULE_USERDATA, UserData.comment(comment));
      }
    }
  }

  /** Deletes one rule. */
  record DeleteRule(Table table, String chain, long handle) implements Operation {
    @Override
    public int message() {
      return NftMessage.DELRULE;
    }

    @Override
    public void attributes(MessageWriter to) {
      to.string(NftMessage.RULE_TABLE, table.name())
          .string(NftMessage.RULE_CHAIN, chain)
          .be64(NftMessage.RULE_HANDLE, handle);
    }
  }

  /** Creates a set or map. {@code id} names it within the transaction. */
  record AddSet(Table table, SetSpec set, int id) implements Operation {
    @Override
    public int message() {
      return NftMessage.NEWSET;
    }

    @Override
    public int flags() {
      return Message.CREATE;
    }

    @Override
    public void attributes(MessageWriter to) {
      SetCodec.encode(to, table, set, id);
    }
  }

  /** Deletes a set or map; no rule may refer to it. */
  record DeleteSet(Table table, String set) implements Operation {
    @Override
    public int message() {
      return NftMessage.DELSET;
    }

    @Override
    public void attributes(MessageWriter to) {
      to.string(NftMessage.SET_TABLE, table.name()).string(NftMessage.SET_NAME, set);
    }
  }

  /** Adds elements; one that is there already with the same data is not an error. */
  record AddElements(Table table, SetSpec set, List<Element> elements) implements Operation {
    public AddElements {
      elements = List.copyOf(elements);
    }

    @Override
    public int message() {
      return NftMessage.NEWSETELEM;
    }

    @Override
    public int flags() {
      return Message.CREATE;
    }

    @Override
    public void attributes(MessageWriter to) {
      ElementCodec.encode(to, table, set, elements);
    }

    @Override
    public String toString() {
      return "add "
          + elements.size()
          + " elements, first "
          + elements.getFirst()
          + ", to set "
          + set.name()
          + " of "
          + table;
    }
  }

  /** Deletes elements; one that is not there is an error, ENOENT. */
  record DeleteElements(Table table, SetSpec set, List<Element> elements) implements Operation {
    public DeleteElements {
      elements = List.copyOf(elements);
    }

    @Override
    public int message() {
      return NftMessage.DELSETELEM;
    }

    @Override
    public void attributes(MessageWriter to) {
      ElementCodec.encode(to, table, set, elements);
    }

    @Override
    public String toString() {
      return "delete "
          + elements.size()
          + " elements, first "
          + elements.getFirst()
          + ", from set "
          + set.name()
          + " of "
          + table;
    }
  }

  /** Deletes all elements. */
  record FlushSet(Table table, String set) implements Operation {
    @Override
    public int message() {
      return NftMessage.DELSETELEM;
    }

    @Override
    public void attributes(MessageWriter to) {
      to.string(NftMessage.LIST_TABLE, table.name()).string(NftMessage.LIST_SET, set);
    }
  }
}
