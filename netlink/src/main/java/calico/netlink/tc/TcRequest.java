package calico.netlink.tc;

import calico.netlink.Message;
import calico.netlink.MessageWriter;
import calico.netlink.Request;

/**
 * Requests about queueing disciplines and filters.
 *
 * <pre>
 * struct tcmsg (20)          0 u8 family  4 i32 interface  8 u32 handle  12 u32 parent
 *                            16 u32 info: of a filter its priority &lt;&lt; 16 | protocol (be16)
 * struct tc_ratespec (12)    0 u8 cell log  1 u8 link layer: 1 Ethernet  2 u16 overhead
 *                            4 i16 cell align  6 u16 least packet  8 u32 rate, bytes per second
 * struct tc_tbf_qopt (36)    0 ratespec rate  12 ratespec peak rate
 *                            24 u32 limit, bytes  28 u32 buffer, ticks  32 u32 peak buffer, ticks
 * struct tc_u32_sel (16)     0 u8 flags: 1 terminal  2 u8 number of keys  ... then the keys
 * struct tc_u32_key (16)     0 be32 mask  4 be32 value  8 i32 offset  12 i32 offset mask
 * struct tc_mirred (28)      0 u32 index  8 i32 action: 4 stolen  20 i32 what: 1 redirect to egress
 *                            24 u32 interface
 * </pre>
 */
sealed interface TcRequest extends Request {
  int NEWQDISC = 36;
  int DELQDISC = 37;
  int GETQDISC = 38;
  int NEWTFILTER = 44;
  int DELTFILTER = 45;
  int GETTFILTER = 46;

  int HEADER = 20;

  int TCA_KIND = 1;
  int TCA_OPTIONS = 2;
  int TCA_TBF_PARMS = 1;
  int TCA_TBF_RATE64 = 4;
  int TCA_TBF_PRATE64 = 5;
  int TCA_U32_CLASSID = 1;
  int TCA_U32_SEL = 5;
  int TCA_U32_ACT = 7;
  int TCA_ACT_KIND = 1;
  int TCA_ACT_OPTIONS = 2;
  int TCA_MIRRED_PARMS = 2;

  String TOKEN_BUCKET = "tbf";
  String INGRESS = "ingress";
  String U32 = "u32";
  String MIRRED = "mirred";
  int REDIRECT_TO_EGRESS = 1;

  /** Priority 1, ETH_P_ALL in network order. */
  int FIRST_FOR_ALL = 1 << 16 | 0x0300;

  private static void header(MessageWriter to, int index, int handle, int parent, int info) {
    to.u32(0).u32(index).u32(handle).u32(parent).u32(info);
  }

  /** All queueing disciplines of all interfaces; a dump. */
  record Qdiscs() implements TcRequest {
    @Override
    public int type() {
      return GETQDISC;
    }

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter to) {
      header(to, 0, 0, 0, 0);
    }
  }

  /** Puts a token bucket in the place of whatever an interface has. */
  record SetBucket(int interfaceIndex, int handle, TokenBucket bucket) implements TcRequest {
    private static final int ETHERNET = 1;
    private static final long MAX_U32 = 0xffff_ffffL;

    @Override
    public int type() {
      return NEWQDISC;
    }

    @Override
    public int flags() {
      return Message.CREATE | Message.REPLACE;
    }

    @Override
    public void encode(MessageWriter to) {
      header(to, interfaceIndex, handle, Qdisc.ROOT, 0);
      to.string(TCA_KIND, TOKEN_BUCKET);
      int options = to.nest(TCA_OPTIONS);
      MessageWriter parameters = new MessageWriter();
      rate(parameters, bucket.rate());
      rate(parameters, bucket.peakRate());
      parameters.u32((int) bucket.limitBytes());
      parameters.u32((int) bucket.bufferTicks()).u32((int) bucket.peakBufferTicks());
      to.attribute(TCA_TBF_PARMS, parameters.toByteArray());
      if (bucket.rate() > MAX_U32) {
        to.u64(TCA_TBF_RATE64, bucket.rate());
      }
      if (bucket.peakRate() > MAX_U32) {
        to.u64(TCA_TBF_PRATE64, bucket.peakRate());
      }
      to.endNest(options);
    }

    private static void rate(MessageWriter to, long rate) {
      to.u8(0).u8(rate == 0 ? 0 : ETHERNET).u16(0).u16(0).u16(0);
      to.u32((int) Math.min(rate, MAX_U32));
    }
  }

  /** Gives an interface a discipline for what comes in, if it has none. */
  record AddIngress(int interfaceIndex) implements TcRequest {
    @Override
    public int type() {
      return NEWQDISC;
    }

    @Override
    public int flags() {
      return Message.CREATE;
    }

    @Override
    public void encode(MessageWriter to) {
      header(to, interfaceIndex, Qdisc.INGRESS_HANDLE, Qdisc.INGRESS, 0);
      to.string(TCA_KIND, INGRESS);
    }
  }

  record DeleteQdisc(int interfaceIndex, int handle, int parent) implements TcRequest {
    @Override
    public int type() {
      return DELQDISC;
    }

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter to) {
      header(to, interfaceIndex, handle, parent, 0);
    }
  }

  /** The filters of what comes in by an interface; a dump. */
  record Filters(int interfaceIndex) implements TcRequest {
    @Override
    public int type() {
      return GETTFILTER;
    }

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter to) {
      header(to, interfaceIndex, 0, Qdisc.INGRESS_HANDLE, 0);
    }
  }

  /**
   * Sends all that comes in by an interface to another.
   *
   * <pre>
   * TCA_KIND "u32"
   * TCA_OPTIONS (nested)
   *   TCA_U32_CLASSID u32: 1:1
   *   TCA_U32_SEL     tc_u32_sel with one key that everything has
   *   TCA_U32_ACT (nested)
   *     1 (nested)    TCA_ACT_KIND "mirred"  TCA_ACT_OPTIONS (nested) TCA_MIRRED_PARMS tc_mirred
   * </pre>
   */
  record Redirect(int interfaceIndex, int toIndex) implements TcRequest {
    private static final int TERMINAL = 1;
    private static final int STOLEN = 4;
    private static final int CLASS = 0x0001_0001;

    @Override
    public int type() {
      return NEWTFILTER;
    }

    @Override
    public int flags() {
      return Message.CREATE | Message.EXCLUSIVE;
    }

    @Override
    public void encode(MessageWriter to) {
      header(to, interfaceIndex, 0, Qdisc.INGRESS_HANDLE, FIRST_FOR_ALL);
      to.string(TCA_KIND, U32);
      int options = to.nest(TCA_OPTIONS);
      to.u32(TCA_U32_CLASSID, CLASS);
      MessageWriter selector = new MessageWriter();
      selector.u8(TERMINAL).u8(0).u8(1).u8(0).u32(0).u32(0).u32(0);
      selector.u32(0).u32(0).u32(0).u32(0);
      to.attribute(TCA_U32_SEL, selector.toByteArray());
      int actions = to.nest(TCA_U32_ACT);
      int first = to.nest(1);
      to.string(TCA_ACT_KIND, MIRRED);
      int actionOptions = to.nest(TCA_ACT_OPTIONS);
      MessageWriter mirred = new MessageWriter();
      mirred.u32(0).u32(0).u32(STOLEN).u32(0).u32(0).u32(REDIRECT_TO_EGRESS).u32(toIndex);
      to.attribute(TCA_MIRRED_PARMS, mirred.toByteArray());
      to.endNest(actionOptions);
      to.endNest(first);
      to.endNest(actions);
      to.endNest(options);
    }
  }

  /** Deletes a filter by its handle and info. */
  record DeleteFilter(int interfaceIndex, int handle, int info) implements TcRequest {
    @Override
    public int type() {
      return DELTFILTER;
    }

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter to) {
      header(to, interfaceIndex, handle, Qdisc.INGRESS_HANDLE, info);
      to.string(TCA_KIND, U32);
    }
  }
}
