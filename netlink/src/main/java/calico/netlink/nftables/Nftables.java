package calico.netlink.nftables;

import calico.netlink.AttributeReader;
import calico.netlink.Message;
import calico.netlink.MessageWriter;
import calico.netlink.NetlinkException;
import calico.netlink.NetlinkSocket;
import calico.netlink.Netns;
import calico.netlink.Request;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A connection to nf_tables in one network namespace. One thread at a time.
 *
 * <pre>
 * a commit is one datagram:
 *   NFNL_MSG_BATCH_BEGIN  nfgenmsg with resource id 10; NFNL_BATCH_GENID (1) be32 when wanted
 *   the operations' messages
 *   NFNL_MSG_BATCH_END
 * </pre>
 */
public final class Nftables implements AutoCloseable {
  private final NetlinkSocket socket;
  private int commits;

  /** Over a socket, which is closed with it. */
  public Nftables(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** In the calling thread's namespace. Needs CAP_NET_ADMIN. */
  public static Nftables open() {
    return open(null);
  }

  /** In {@code netns}, or in the calling thread's when it is null. */
  public static Nftables open(@Nullable Netns netns) {
    return new Nftables(NetlinkSocket.open(NetlinkSocket.NETFILTER, netns));
  }

  /**
   * Makes all of the batch's changes, or none.
   *
   * @throws NetlinkException for the first operation that failed, with the others as its suppressed
   *     ones; its request is the {@link Operation}'s text
   */
  public void commit(Batch batch) {
    commit(batch, OptionalInt.empty());
  }

  /**
   * Makes all changes, or none, and only if nobody changed the ruleset since it had {@code
   * generation}; else fails with ERESTART.
   */
  public void commit(Batch batch, int generation) {
    commit(batch, OptionalInt.of(generation));
  }

  private void commit(Batch batch, OptionalInt generation) {
    socket.transact(
        new Bracket(NftMessage.BATCH_BEGIN, generation, batch),
        batch.operations(),
        new Bracket(NftMessage.BATCH_END, OptionalInt.empty(), batch));
    if (!batch.isEmpty()) {
      commits++;
    }
  }

  /**
   * How many commits have succeeded here. While {@link #generation()} grows by as much, nobody else
   * has changed anything.
   */
  public int commits() {
    return commits;
  }

  /** The beginning or end of a transaction. */
  private record Bracket(int type, OptionalInt generation, Batch batch) implements Request {
    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter to) {
      to.u8(0).u8(0).be16(NftMessage.SUBSYSTEM);
      if (generation.isPresent()) {
        to.be32(NftMessage.BATCH_GENID, generation.getAsInt());
      }
    }

    @Override
    public String toString() {
      return "commit of "
          + batch.operations().size()
          + " operations to "
          + batch.table()
          + (generation.isPresent() ? " at generation " + generation.getAsInt() : "");
    }
  }

  /** A request for objects of one kind; {@code names} are the attributes 1, 2, ... */
  private record Get(int message, int family, List<String> names) implements Request {
    @Override
    public int type() {
      return NftMessage.type(message);
    }

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter to) {
      to.u8(family).u8(0).be16(0);
      for (int i = 0; i < names.size(); i++) {
        to.string(i + 1, names.get(i));
      }
    }
  }

  private static Get get(int message, Table table, String... names) {
    return new Get(message, table.family().code, List.of(names));
  }

  /** The ruleset's number; every commit by anybody raises it. */
  public int generation() {
    return socket.get(new Get(NftMessage.GETGEN, 0, List.of()), Nftables::generation);
  }

  static int generation(Message message) {
    AttributeReader in = message.attributes(NftMessage.HEADER_LENGTH);
    while (in.next()) {
      if (in.type() == NftMessage.GEN_ID) {
        return in.be32();
      }
    }
    return 0;
  }

  /** All tables of all families. */
  public List<Table> tables() {
    return socket.dump(new Get(NftMessage.GETTABLE, 0, List.of()), NftReader::table);
  }

  /** Whether a table is there, but none of its chains is asked (NFT_TABLE_F_DORMANT). */
  public boolean isDormant(Table table) {
    return !socket
        .dump(
            new Get(NftMessage.GETTABLE, table.family().code, List.of()),
            message -> NftReader.isDormant(message) ? NftReader.table(message) : null)
        .stream()
        .filter(table::equals)
        .toList()
        .isEmpty();
  }

  /** The chains of a table; none when the table is not there. */
  public List<Chain> chains(Table table) {
    return socket.dump(get(NftMessage.GETCHAIN, table), message -> NftReader.chain(table, message));
  }

  /** The rules of all chains of a table, in their order; none when the table is not there. */
  public List<Rule> rules(Table table) {
    return socket.dump(
        get(NftMessage.GETRULE, table, table.name()), message -> NftReader.rule(table, message));
  }

  /** The rules of a chain, in their order; none when it is not there. */
  public List<Rule> rules(Table table, String chain) {
    return socket.dump(
        get(NftMessage.GETRULE, table, table.name(), chain),
        message -> NftReader.rule(table, message));
  }

  /**
   * The named sets and maps of a table whose types {@link DataType} knows; none when the table is
   * not there.
   */
  public List<SetSpec> sets(Table table) {
    if (!tables().contains(table)) {
      return List.of();
    }
    return socket.dump(
        get(NftMessage.GETSET, table, table.name()), message -> NftReader.set(table, message));
  }

  /** The elements of a set. ENOENT when it is not there. */
  public List<Element> elements(Table table, SetSpec set) {
    Get request = get(NftMessage.GETSETELEM, table, table.name(), set.name());
    // An interval's two members may be in different messages, so they are joined at the end.
    List<List<ElementCodec.Raw>> messages =
        socket.dump(
            request, message -> ElementCodec.members(message.attributes(NftMessage.HEADER_LENGTH)));
    return ElementCodec.elements(set, messages.stream().flatMap(List::stream).toList());
  }

  @Override
  public void close() {
    socket.close();
  }
}
