package calico.netlink.nftables;

import calico.netlink.AttributeReader;
import calico.netlink.MalformedMessageException;
import calico.netlink.MessageWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Elements of sets and maps.
 *
 * <pre>
 * NFTA_SET_ELEM_LIST_ELEMENTS (nested)
 *   NFTA_LIST_ELEM (1, nested)
 *     NFTA_SET_ELEM_KEY     (1)   data
 *     NFTA_SET_ELEM_DATA    (2)   data or verdict
 *     NFTA_SET_ELEM_FLAGS   (3)   be32: INTERVAL_END 1, CATCHALL 2
 *     NFTA_SET_ELEM_USERDATA (6)  TLVs, as a rule's
 *     NFTA_SET_ELEM_KEY_END (10)  data
 *
 * 10.0.0.0/8 in a set of ranges: two members, half open
 *   key 10.0.0.0
 *   key 11.0.0.0, flags INTERVAL_END   (left out when the range ends at all ones)
 * in a set of concatenated ranges: one member, closed
 *   key 10.0.0.0 . 80, key end 10.255.255.255 . 90
 * what holds for every key that is not there: no key, flags CATCHALL
 * </pre>
 */
final class ElementCodec {
  private static final int KEY = 1;
  private static final int DATA = 2;
  private static final int FLAGS = 3;
  private static final int USERDATA = 6;
  private static final int KEY_END = 10;
  private static final int INTERVAL_END = 1;
  private static final int CATCHALL = 2;

  /** Elements' bytes per message: below the 65535 of the list attribute, with room for names. */
  private static final int CHUNK_BYTES = 60_000;

  private ElementCodec() {}

  /** Elements in portions that fit a message each. */
  static List<List<Element>> chunks(SetSpec set, Collection<Element> elements) {
    int fixed = 2 * (4 + 8 + Value.padded(set.keyLength()) + 8);
    List<List<Element>> chunks = new ArrayList<>();
    List<Element> chunk = new ArrayList<>();
    int bytes = 0;
    for (Element element : elements) {
      if (!element.isCatchall() && element.from().length() != set.keyLength()) {
        throw new IllegalArgumentException(
            "set \""
                + set.name()
                + "\": element "
                + element.from()
                + " has "
                + element.from().length()
                + " bytes, the key has "
                + set.keyLength());
      }
      int size = fixed + dataLength(element.data()) + commentLength(element.comment());
      if (bytes + size > CHUNK_BYTES) {
        chunks.add(chunk);
        chunk = new ArrayList<>();
        bytes = 0;
      }
      chunk.add(element);
      bytes += size;
    }
    if (!chunk.isEmpty()) {
      chunks.add(chunk);
    }
    return chunks;
  }

  private static int dataLength(@Nullable Data data) {
    return switch (data) {
      case null -> 0;
      case Value value -> 8 + Value.padded(value.length());
      case Verdict.Jump(var chain) -> 24 + 3 * chain.length() + 4;
      case Verdict.Goto(var chain) -> 24 + 3 * chain.length() + 4;
      case Verdict _ -> 20;
    };
  }

  /** A character is at most three bytes; a number, a length and an end beside them. */
  private static int commentLength(String comment) {
    return comment.isEmpty() ? 0 : Value.padded(4 + 3 + 3 * comment.length());
  }

  static void encode(MessageWriter to, Table table, SetSpec set, List<Element> elements) {
    to.string(NftMessage.LIST_TABLE, table.name()).string(NftMessage.LIST_SET, set.name());
    int list = to.nest(NftMessage.LIST_ELEMENTS);
    for (Element element : elements) {
      encode(to, set, element);
    }
    to.endNest(list);
  }

  private static void encode(MessageWriter to, SetSpec set, Element element) {
    boolean halfOpen = set.interval() && !set.concatenated();
    int start = to.nest(NftMessage.LIST_ELEM);
    if (element.isCatchall()) {
      to.be32(FLAGS, CATCHALL);
    } else {
      ExprCodec.data(to, KEY, element.from());
      if (set.interval() && set.concatenated()) {
        ExprCodec.data(to, KEY_END, element.to());
      }
    }
    if (element.data() != null) {
      ExprCodec.data(to, DATA, element.data());
    }
    if (!element.comment().isEmpty()) {
      to.attribute(USERDATA, UserData.comment(element.comment()));
    }
    to.endNest(start);
    if (halfOpen && !element.isCatchall() && !element.to().isAllOnes()) {
      int end = to.nest(NftMessage.LIST_ELEM);
      to.be32(FLAGS, INTERVAL_END);
      ExprCodec.data(to, KEY, element.to().plusOne());
      to.endNest(end);
    }
  }

  /**
   * A member of the list as it is on the wire.
   *
   * @param key empty if it holds for every key that is not there
   */
  record Raw(Value key, @Nullable Value keyEnd, @Nullable Data data, boolean end, String comment) {
    Element to(Value last) {
      return new Element(key, last, data, comment);
    }
  }

  /** The list in one message of a dump. */
  static List<Raw> members(AttributeReader message) {
    List<Raw> members = new ArrayList<>();
    while (message.next()) {
      if (message.type() == NftMessage.LIST_ELEMENTS) {
        AttributeReader list = message.nested();
        while (list.next()) {
          Raw member = member(list.nested());
          if (member != null) {
            members.add(member);
          }
        }
      }
    }
    return members;
  }

  private static @Nullable Raw member(AttributeReader in) {
    Data key = Value.of();
    Data keyEnd = null;
    Data data = null;
    int flags = 0;
    String comment = "";
    while (in.next()) {
      switch (in.type()) {
        case KEY -> key = ExprReader.data(in.nested());
        case KEY_END -> keyEnd = ExprReader.data(in.nested());
        case DATA -> data = ExprReader.data(in.nested());
        case FLAGS -> flags = in.be32();
        case USERDATA -> comment = UserData.comment(in.bytes());
        default -> {}
      }
    }
    if (!(key instanceof Value from)) {
      return null;
    }
    Value last = keyEnd instanceof Value to ? to : null;
    return new Raw(from, last, data, (flags & INTERVAL_END) != 0, comment);
  }

  /** Elements from all members of a set, in whatever order the kernel gave them. */
  static List<Element> elements(SetSpec set, List<Raw> members) {
    for (Raw member : members) {
      boolean keyFits = member.key().length() == 0 || member.key().length() == set.keyLength();
      if (!keyFits || (member.keyEnd() != null && member.keyEnd().length() != set.keyLength())) {
        throw new MalformedMessageException(
            "set \""
                + set.name()
                + "\": an element "
                + member
                + " for keys of "
                + set.keyLength()
                + " bytes");
      }
    }
    List<Element> elements = new ArrayList<>();
    if (!set.interval() || set.concatenated()) {
      for (Raw member : members) {
        elements.add(member.to(member.keyEnd() == null ? member.key() : member.keyEnd()));
      }
      return elements;
    }
    // An end at the same key as a beginning belongs to the range before.
    List<Raw> sorted = new ArrayList<>();
    for (Raw member : members) {
      if (member.key().length() == 0) {
        elements.add(member.to(member.key()));
      } else {
        sorted.add(member);
      }
    }
    sorted.sort(Comparator.comparing(Raw::key).thenComparing(member -> !member.end()));
    Raw open = null;
    for (Raw member : sorted) {
      if (open != null) {
        elements.add(open.to(member.key().minusOne()));
      }
      open = member.end() ? null : member;
    }
    if (open != null) {
      elements.add(open.to(open.key().allOnes()));
    }
    return elements;
  }
}
