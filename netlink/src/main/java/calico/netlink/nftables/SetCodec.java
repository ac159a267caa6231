package calico.netlink.nftables;

import calico.netlink.AttributeReader;
import calico.netlink.MessageWriter;
import calico.netlink.nftables.SetSpec.MapTarget;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sets and maps as messages; attribute numbers in {@link NftMessage}.
 *
 * <pre>
 * flags      INTERVAL 4, MAP 8, TIMEOUT 16, CONCAT 128
 * data type  0xffffff00 for a verdict map
 * NFTA_SET_EXPR (nested)    what every element gets: an expression, of which only "counter" is used
 * NFTA_SET_DESC (nested), for concatenations of ranges
 *   NFTA_SET_DESC_CONCAT (2, nested)
 *     NFTA_LIST_ELEM (1, nested), one per field
 *       NFTA_SET_FIELD_LEN (1)  be32, without padding
 * </pre>
 */
final class SetCodec {
  static final int INTERVAL = 0x4;
  static final int MAP = 0x8;
  static final int TIMEOUT = 0x10;
  static final int CONCAT = 0x80;
  private static final int ANONYMOUS = 0x1;
  private static final int VERDICT_TYPE = 0xffffff00;
  private static final int DESC_CONCAT = 2;
  private static final int FIELD_LENGTH = 1;

  private SetCodec() {}

  static int flags(SetSpec set) {
    return (set.interval() ? INTERVAL : 0)
        | (set.target() != null ? MAP : 0)
        | (set.timeoutMillis() != 0 ? TIMEOUT : 0)
        | (set.interval() && set.concatenated() ? CONCAT : 0);
  }

  static void encode(MessageWriter to, Table table, SetSpec set, int id) {
    to.string(NftMessage.SET_TABLE, table.name())
        .string(NftMessage.SET_NAME, set.name())
        .be32(NftMessage.SET_FLAGS, flags(set))
        .be32(NftMessage.SET_KEY_TYPE, set.keyCode())
        .be32(NftMessage.SET_KEY_LENGTH, set.keyLength());
    switch (set.target()) {
      case null -> {}
      case MapTarget.ToVerdict() -> to.be32(NftMessage.SET_DATA_TYPE, VERDICT_TYPE);
      case MapTarget.ToValue(var type) ->
          to.be32(NftMessage.SET_DATA_TYPE, SetSpec.code(type))
              .be32(NftMessage.SET_DATA_LENGTH, SetSpec.length(type));
    }
    to.be32(NftMessage.SET_ID, id);
    if (set.timeoutMillis() != 0) {
      to.be64(NftMessage.SET_TIMEOUT, set.timeoutMillis());
    }
    if (set.interval() && set.concatenated()) {
      int desc = to.nest(NftMessage.SET_DESC);
      int concat = to.nest(DESC_CONCAT);
      for (DataType field : set.key()) {
        int element = to.nest(NftMessage.LIST_ELEM);
        to.be32(FIELD_LENGTH, field.length);
        to.endNest(element);
      }
      to.endNest(concat);
      to.endNest(desc);
    }
    to.attribute(NftMessage.SET_USERDATA, UserData.byteOrders(set));
    if (set.counted()) {
      int expression = to.nest(NftMessage.SET_EXPR);
      ExprCodec.encode(to, new Expr.Counter(0, 0));
      to.endNest(expression);
    }
  }

  /** The set, or null for an anonymous one and one with key or data types not known here. */
  static @Nullable SetSpec decode(AttributeReader in) {
    String name = "";
    int flags = 0;
    int key = 0;
    int data = 0;
    long timeoutMillis = 0;
    boolean counted = false;
    byte[] userData = {};
    while (in.next()) {
      switch (in.type()) {
        case NftMessage.SET_NAME -> name = in.string();
        case NftMessage.SET_FLAGS -> flags = in.be32();
        case NftMessage.SET_KEY_TYPE -> key = in.be32();
        case NftMessage.SET_DATA_TYPE -> data = in.be32();
        case NftMessage.SET_TIMEOUT -> timeoutMillis = in.be64();
        case NftMessage.SET_USERDATA -> userData = in.bytes();
        case NftMessage.SET_EXPR -> counted = ExprReader.read(in.nested()) instanceof Expr.Counter;
        default -> {}
      }
    }
    List<DataType> fields = fields(key, UserData.isKeyInNetworkOrder(userData));
    if ((flags & ANONYMOUS) != 0 || fields == null || fields.isEmpty()) {
      return null;
    }
    MapTarget target = null;
    if ((flags & MAP) != 0) {
      List<DataType> type =
          data == VERDICT_TYPE ? List.of() : fields(data, UserData.isDataInNetworkOrder(userData));
      if (type == null) {
        return null;
      }
      target = data == VERDICT_TYPE ? new MapTarget.ToVerdict() : new MapTarget.ToValue(type);
    }
    return new SetSpec(name, fields, (flags & INTERVAL) != 0, target, timeoutMillis, counted);
  }

  private static @Nullable List<DataType> fields(int code, boolean networkOrder) {
    List<DataType> fields = SetSpec.fields(code);
    return networkOrder && List.of(DataType.MARK).equals(fields)
        ? List.of(DataType.NETWORK_MARK)
        : fields;
  }
}
