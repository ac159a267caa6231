package calico.netlink.nftables;

import calico.netlink.AttributeReader;
import calico.netlink.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Objects from the messages of a dump; each gives null for an object of another table. */
final class NftReader {
  private NftReader() {}

  static @Nullable Table table(Message message) {
    TableFamily family = TableFamily.of(message.u8(0));
    AttributeReader in = message.attributes(NftMessage.HEADER_LENGTH);
    String name = "";
    while (in.next()) {
      if (in.type() == NftMessage.TABLE_NAME) {
        name = in.string();
      }
    }
    return family == null ? null : new Table(family, name);
  }

  /** Of the message of a table. */
  static boolean isDormant(Message message) {
    AttributeReader in = message.attributes(NftMessage.HEADER_LENGTH);
    while (in.next()) {
      if (in.type() == NftMessage.TABLE_FLAGS) {
        return (in.be32() & NftMessage.TABLE_F_DORMANT) != 0;
      }
    }
    return false;
  }

  static @Nullable Chain chain(Table table, Message message) {
    AttributeReader in = message.attributes(NftMessage.HEADER_LENGTH);
    String of = "";
    String name = "";
    String type = "";
    long handle = 0;
    boolean drop = false;
    int[] hook = null;
    while (in.next()) {
      switch (in.type()) {
        case NftMessage.CHAIN_TABLE -> of = in.string();
        case NftMessage.CHAIN_NAME -> name = in.string();
        case NftMessage.CHAIN_HANDLE -> handle = in.be64();
        case NftMessage.CHAIN_HOOK -> hook = hook(in.nested());
        case NftMessage.CHAIN_POLICY -> drop = in.be32() == 0;
        case NftMessage.CHAIN_TYPE -> type = in.string();
        default -> {}
      }
    }
    if (!of.equals(table.name()) || message.u8(0) != table.family().code) {
      return null;
    }
    BaseChain base =
        hook == null
            ? null
            : new BaseChain(type, NftMessage.hook(table.family(), hook[0]), hook[1], drop);
    return new Chain(name, base, handle);
  }

  /** Number and priority. */
  private static int[] hook(AttributeReader in) {
    int[] hook = new int[2];
    while (in.next()) {
      switch (in.type()) {
        case NftMessage.HOOK_NUMBER -> hook[0] = in.be32();
        case NftMessage.HOOK_PRIORITY -> hook[1] = in.be32();
        default -> {}
      }
    }
    return hook;
  }

  static @Nullable Rule rule(Table table, Message message) {
    AttributeReader in = message.attributes(NftMessage.HEADER_LENGTH);
    String of = "";
    String chain = "";
    String comment = "";
    long handle = 0;
    List<Expr> expressions = List.of();
    while (in.next()) {
      switch (in.type()) {
        case NftMessage.RULE_TABLE -> of = in.string();
        case NftMessage.RULE_CHAIN -> chain = in.string();
        case NftMessage.RULE_HANDLE -> handle = in.be64();
        case NftMessage.RULE_EXPRESSIONS -> expressions = ExprCodec.decode(in.nested());
        case NftMessage.RULE_USERDATA -> comment = UserData.comment(in.bytes());
        default -> {}
      }
    }
    return of.equals(table.name()) && message.u8(0) == table.family().code
        ? new Rule(chain, handle, expressions, comment)
        : null;
  }

  static @Nullable SetSpec set(Table table, Message message) {
    return message.u8(0) == table.family().code
        ? SetCodec.decode(message.attributes(NftMessage.HEADER_LENGTH))
        : null;
  }
}
