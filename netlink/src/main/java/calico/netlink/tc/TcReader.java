package calico.netlink.tc;

import calico.netlink.AttributeReader;
import calico.netlink.Message;
import org.jspecify.annotations.Nullable;

/** Reads what {@link TcRequest} draws. */
final class TcReader {
  private static final int BUCKET_BYTES = 36;
  private static final int MIRRED_BYTES = 28;

  private TcReader() {}

  /**
   * A filter.
   *
   * @param redirect index of the interface to which it sends packets, or 0
   */
  record Filter(int handle, int info, int redirect) {}

  static @Nullable Qdisc qdisc(Message message) {
    if (message.type() != TcRequest.NEWQDISC) {
      return null;
    }
    String kind = "";
    TokenBucket bucket = null;
    AttributeReader in = message.attributes(TcRequest.HEADER);
    while (in.next()) {
      switch (in.type()) {
        case TcRequest.TCA_KIND -> kind = in.string();
        case TcRequest.TCA_OPTIONS -> {
          if (kind.equals(TcRequest.TOKEN_BUCKET)) {
            bucket = bucket(in.nested());
          }
        }
        default -> {}
      }
    }
    return new Qdisc(message.u32(4), message.u32(8), message.u32(12), kind, bucket);
  }

  private static @Nullable TokenBucket bucket(AttributeReader in) {
    TokenBucket bucket = null;
    long rate = 0;
    long peakRate = 0;
    while (in.next()) {
      switch (in.type()) {
        case TcRequest.TCA_TBF_PARMS -> {
          in.bytes(0, BUCKET_BYTES);
          bucket = new TokenBucket(u32(in, 8), u32(in, 28), u32(in, 24), u32(in, 20), u32(in, 32));
        }
        case TcRequest.TCA_TBF_RATE64 -> rate = in.u64();
        case TcRequest.TCA_TBF_PRATE64 -> peakRate = in.u64();
        default -> {}
      }
    }
    return bucket == null
        ? null
        : new TokenBucket(
            Math.max(bucket.rate(), rate),
            bucket.bufferTicks(),
            bucket.limitBytes(),
            Math.max(bucket.peakRate(), peakRate),
            bucket.peakBufferTicks());
  }

  private static long u32(AttributeReader in, int offset) {
    return Integer.toUnsignedLong(in.u32(offset));
  }

  /** Null for what only holds others: the table of a u32 filter has no keys of its own. */
  static @Nullable Filter filter(Message message) {
    if (message.type() != TcRequest.NEWTFILTER) {
      return null;
    }
    String kind = "";
    Integer redirect = null;
    AttributeReader in = message.attributes(TcRequest.HEADER);
    while (in.next()) {
      switch (in.type()) {
        case TcRequest.TCA_KIND -> kind = in.string();
        case TcRequest.TCA_OPTIONS -> {
          if (kind.equals(TcRequest.U32)) {
            redirect = redirect(in.nested());
          }
        }
        default -> {}
      }
    }
    if (kind.equals(TcRequest.U32) && redirect == null) {
      return null;
    }
    return new Filter(message.u32(8), message.u32(16), redirect == null ? 0 : redirect);
  }

  /** Null if there is no selector, 0 if there is one without a redirection. */
  private static @Nullable Integer redirect(AttributeReader in) {
    boolean selects = false;
    int redirect = 0;
    while (in.next()) {
      switch (in.type()) {
        case TcRequest.TCA_U32_SEL -> selects = true;
        case TcRequest.TCA_U32_ACT -> {
          AttributeReader actions = in.nested();
          while (actions.next()) {
            redirect = redirect == 0 ? mirred(actions.nested()) : redirect;
          }
        }
        default -> {}
      }
    }
    return selects ? redirect : null;
  }

  private static int mirred(AttributeReader in) {
    String kind = "";
    while (in.next()) {
      switch (in.type()) {
        case TcRequest.TCA_ACT_KIND -> kind = in.string();
        case TcRequest.TCA_ACT_OPTIONS -> {
          AttributeReader options = in.nested();
          while (kind.equals(TcRequest.MIRRED) && options.next()) {
            if (options.type() == TcRequest.TCA_MIRRED_PARMS) {
              options.bytes(0, MIRRED_BYTES);
              return options.u32(20) == TcRequest.REDIRECT_TO_EGRESS ? options.u32(24) : 0;
            }
          }
        }
        default -> {}
      }
    }
    return 0;
  }
}
