package calico.felix.dataplane;

import calico.felix.dataplane.FakeNftables.Call;
import calico.felix.dataplane.FakeNftables.Teller;
import calico.netlink.Errno;
import calico.netlink.Message;
import calico.netlink.MessageWriter;
import calico.netlink.Transport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * A kernel that is played, behind netlink's sockets: what a process sends it does, at once and in
 * order, unless its {@link Faults} say otherwise.
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
final class FakeKernel {
  private static final int GETGEN = 10 << 8 | 16;
  private static final int NEWGEN = 10 << 8 | 15;
  private static final int BATCH_BEGIN = 16;
  private static final int BATCH_END = 17;
  private static final int GETLINK = 18;
  private static final int ERROR = 2;
  private static final int DONE = 3;
  private static final int CAPPED = 0x100;
  private static final int HEADER = 16;
  private static final int DATAGRAM_BYTES = 16_000;

  final FakeNftables nftables = new FakeNftables();
  final FakeNetwork network;

  FakeKernel(Teller listener) {
    this.network = new FakeNetwork(listener);
  }

  /** What goes wrong; whatever is thrown here ends the process. */
  interface Faults {
    Faults NONE = new Faults() {};

    /** The process is about to ask for something. */
    default void before() {}

    /** What it asked for has been done, and it has not heard of it yet. */
    default void after() {}

    /** An errno with which what was sent, or one request of it, is refused, or 0. */
    default int refusal() {
      return 0;
    }

    /** A batch of calls is about to be done. */
    default void batch() {}

    /** An errno with which one call of a batch is refused, or 0. */
    default int refusal(Call call) {
      return 0;
    }

    /** Whether answers are lost because there is no room for them. */
    default boolean losesAnswers() {
      return false;
    }

    /** Whether what a listing tells of changes meanwhile. */
    default boolean interruptsListing() {
      return false;
    }
  }

  /** A message that was sent. */
  private record Sent(int type, int flags, int sequence, byte[] body) {}

  /** A socket. */
  Transport socket(Faults faults) {
    return new Transport() {
      private final Deque<byte[]> answers = new ArrayDeque<>();
      private boolean overrun;

      @Override
      public int send(byte[] bytes, int length) {
        faults.before();
        int refusal = faults.refusal();
        if (refusal != 0) {
          return -refusal;
        }
        List<Sent> messages = messages(bytes, length);
        if (messages.getFirst().type == BATCH_BEGIN) {
          transact(messages, faults, answers);
        } else {
          for (Sent message : messages) {
            faults.before();
            answer(message, faults, answers);
          }
        }
        faults.after();
        if (faults.losesAnswers()) {
          answers.pollLast();
          overrun = true;
        }
        return length;
      }

      @Override
      public int receive(byte[] buffer) {
        if (overrun) {
          overrun = false;
          return -Errno.ENOBUFS;
        }
        byte[] datagram = answers.poll();
        if (datagram == null) {
          return -Errno.EAGAIN;
        }
        System.arraycopy(datagram, 0, buffer, 0, datagram.length);
        return datagram.length;
      }

      @Override
      public void close() {}
    };
  }

  private static List<Sent> messages(byte[] bytes, int length) {
    List<Sent> messages = new ArrayList<>();
    for (int at = 0; at < length; ) {
      Message m = Message.at(bytes, at, length);
      int begin = at + HEADER;
      byte[] body = Arrays.copyOfRange(bytes, begin, begin + m.bodyLength());
      messages.add(new Sent(m.type(), m.flags(), m.sequence(), body));
      at = (begin + m.bodyLength() + 3) & ~3;
    }
    return messages;
  }

  private void transact(List<Sent> messages, Faults faults, Deque<byte[]> answers) {
    List<Sent> inside =
        messages.stream().filter(m -> m.type != BATCH_BEGIN && m.type != BATCH_END).toList();
    List<Call> calls = inside.stream().map(m -> Call.of(m.type & 0xff, m.body)).toList();
    faults.batch();
    List<Integer> results = nftables.transact(calls, calls.stream().map(faults::refusal).toList());
    for (int i = 0; i < inside.size(); i++) {
      if (results.get(i) != 0 || (inside.get(i).flags & Message.ACK) != 0) {
        answers.add(acknowledgement(inside.get(i), results.get(i)));
      }
    }
  }

  private void answer(Sent m, Faults faults, Deque<byte[]> answers) {
    if (m.type == GETGEN) {
      answers.add(message(NEWGEN, 0, m.sequence, nftables.generationBody()));
      return;
    }
    boolean dump = (m.flags & Message.DUMP) == Message.DUMP;
    if (!dump && m.type != GETLINK) {
      int refusal = faults.refusal();
      int result = refusal != 0 ? refusal : network.apply(m.type, m.flags, m.body);
      answers.add(acknowledgement(m, result));
      return;
    }
    Listing listing = new Listing(m.sequence, faults.interruptsListing());
    int result;
    if (m.type >> 8 == 10) {
      result = nftables.dump(Call.of(m.type & 0xff, m.body), listing);
    } else if (dump) {
      result = network.dump(m.type, m.body, listing);
    } else {
      result = network.get(m.body, listing);
    }
    if (result != 0) {
      answers.add(acknowledgement(m, result));
    } else {
      listing.end(dump, answers);
    }
  }

  /** A listing under way, in datagrams that are not too large. */
  private static final class Listing implements Teller {
    private final int sequence;
    private final int flags;
    private final List<byte[]> datagrams = new ArrayList<>();
    private MessageWriter writer = new MessageWriter();

    Listing(int sequence, boolean interrupted) {
      this.sequence = sequence;
      this.flags = Message.MULTI | (interrupted ? Message.DUMP_INTERRUPTED : 0);
    }

    @Override
    public void tell(int type, byte[] body) {
      write(type, body);
      if (writer.length() > DATAGRAM_BYTES) {
        datagrams.add(writer.toByteArray());
        writer = new MessageWriter();
      }
    }

    private void write(int type, byte[] body) {
      int start = writer.begin(type, flags, sequence);
      writer.bytes(body);
      writer.end(start);
      writer.bytes(new byte[-body.length & 3]);
    }

    void end(boolean dump, Deque<byte[]> answers) {
      if (dump) {
        write(DONE, new byte[4]);
      }
      answers.addAll(datagrams);
      answers.add(writer.toByteArray());
    }
  }

  private static byte[] acknowledgement(Sent m, int errno) {
    MessageWriter body = new MessageWriter();
    body.u32(-errno).bytes(new byte[HEADER]);
    return message(ERROR, CAPPED, m.sequence, body.toByteArray());
  }

  static byte[] message(int type, int flags, int sequence, byte[] body) {
    MessageWriter writer = new MessageWriter();
    int start = writer.begin(type, flags, sequence);
    writer.bytes(body);
    writer.end(start);
    return writer.toByteArray();
  }
}
