package calico.netlink.nftables;

import calico.netlink.MessageWriter;

/**
 * Numbers of the nf_tables messages and of the attributes of its objects, from {@code
 * linux/netfilter/nf_tables.h}. Every number in an attribute is big-endian.
 *
 * <pre>
 * struct nfgenmsg, after the netlink header
 *  0  u8   family (NFPROTO_*)
 *  1  u8   version, 0
 *  2  be16 resource id: 10 (the subsystem) in batch begin and end, else 0
 * </pre>
 */
@SuppressWarnings("EnumOrdinal") // Hook lists the kernel's numbers in order
final class NftMessage {
  /** Length of nfgenmsg. */
  static final int HEADER_LENGTH = 4;

  static final int SUBSYSTEM = 10;
  static final int BATCH_BEGIN = 16;
  static final int BATCH_END = 17;
  static final int BATCH_GENID = 1;

  static final int NEWTABLE = 0;
  static final int GETTABLE = 1;
  static final int DELTABLE = 2;
  static final int NEWCHAIN = 3;
  static final int GETCHAIN = 4;
  static final int DELCHAIN = 5;
  static final int NEWRULE = 6;
  static final int GETRULE = 7;
  static final int DELRULE = 8;
  static final int NEWSET = 9;
  static final int GETSET = 10;
  static final int DELSET = 11;
  static final int NEWSETELEM = 12;
  static final int GETSETELEM = 13;
  static final int DELSETELEM = 14;
  static final int NEWGEN = 15;
  static final int GETGEN = 16;

  /** NFTA_TABLE_*: name (string), flags (be32). */
  static final int TABLE_NAME = 1;

  static final int TABLE_FLAGS = 2;
  static final int TABLE_F_DORMANT = 1;

  /** NFTA_CHAIN_*: table, name, type (strings), handle (be64), hook (nested), policy (be32). */
  static final int CHAIN_TABLE = 1;

  static final int CHAIN_HANDLE = 2;
  static final int CHAIN_NAME = 3;
  static final int CHAIN_HOOK = 4;
  static final int CHAIN_POLICY = 5;
  static final int CHAIN_TYPE = 7;

  /** NFTA_HOOK_*: be32 each; the priority is signed. */
  static final int HOOK_NUMBER = 1;

  static final int HOOK_PRIORITY = 2;

  /** NFTA_RULE_*: table, chain (strings), handle (be64), userdata (TLVs). */
  static final int RULE_TABLE = 1;

  static final int RULE_CHAIN = 2;
  static final int RULE_HANDLE = 3;
  static final int RULE_EXPRESSIONS = 4;
  static final int RULE_USERDATA = 7;

  /** NFTA_SET_*: table, name (strings), numbers (be32), timeout (be64, ms), desc, expr (nested). */
  static final int SET_TABLE = 1;

  static final int SET_NAME = 2;
  static final int SET_FLAGS = 3;
  static final int SET_KEY_TYPE = 4;
  static final int SET_KEY_LENGTH = 5;
  static final int SET_DATA_TYPE = 6;
  static final int SET_DATA_LENGTH = 7;
  static final int SET_DESC = 9;
  static final int SET_ID = 10;
  static final int SET_TIMEOUT = 11;
  static final int SET_USERDATA = 13;
  static final int SET_EXPR = 17;

  /** NFTA_SET_ELEM_LIST_*: table, set (strings), elements (nested). */
  static final int LIST_TABLE = 1;

  static final int LIST_SET = 2;
  static final int LIST_ELEMENTS = 3;

  /** NFTA_GEN_ID, be32. */
  static final int GEN_ID = 1;

  /** NFTA_LIST_ELEM: the type of every member of a list. */
  static final int LIST_ELEM = 1;

  private NftMessage() {}

  static int type(int message) {
    return SUBSYSTEM << 8 | message;
  }

  static void header(MessageWriter to, TableFamily family) {
    to.u8(family.code).u8(0).be16(0);
  }

  /** NF_ARP_IN is 0 and NF_ARP_OUT is 1; NF_INET_* in the order of {@link Hook}. */
  static int hookNumber(TableFamily family, Hook hook) {
    if (family != TableFamily.ARP) {
      return hook.ordinal();
    }
    return switch (hook) {
      case INPUT -> 0;
      case OUTPUT -> 1;
      case PREROUTING, FORWARD, POSTROUTING ->
          throw new IllegalArgumentException(
              "an arp table has the hooks input and output, not " + hook);
    };
  }

  static Hook hook(TableFamily family, int number) {
    if (family == TableFamily.ARP) {
      return number == 0 ? Hook.INPUT : Hook.OUTPUT;
    }
    return Hook.values()[Math.clamp(number, 0, Hook.values().length - 1)];
  }
}
