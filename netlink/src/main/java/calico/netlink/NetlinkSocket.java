package calico.netlink;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A netlink socket with its buffers. One thread at a time.
 *
 * <p>Requests are answered in order, each answer bearing the request's sequence number; answers to
 * earlier numbers (left over from a request that failed half way) are passed over. The kernel works
 * on a request inside of the sending system call, so its answer is there when that returns: nothing
 * here ever waits.
 *
 * <p>Source: {@code linux/netlink.h}.
 */
public final class NetlinkSocket implements AutoCloseable {
  /** Links, addresses, routes, neighbours. */
  public static final int ROUTE = 0;

  /** nf_tables, conntrack. */
  public static final int NETFILTER = 12;

  /** Families whose numbers the kernel gives out; see {@link GenericFamily}. */
  public static final int GENERIC = 16;

  /** The kernel's dumps come in datagrams of at most 32 KiB. */
  static final int DATAGRAM_BYTES = 64 << 10;

  private static final int REQUESTS_PER_SEND = 1024;
  private static final int BYTES_PER_SEND = 128 << 10;

  /** Larger requests, such as the whole ruleset at the start, get memory that is given back. */
  static final int KEPT_BYTES = 64 << 10;

  private static final int DUMP_ATTEMPTS = 50;

  private final Transport transport;
  private final byte[] received = new byte[DATAGRAM_BYTES];
  private final MessageWriter writer = new MessageWriter();
  private int sequence = 1;
  private int unreadFrom;
  private int unreadTo;

  /** Over something that carries its datagrams, and is closed with it. */
  public NetlinkSocket(Transport transport) {
    this.transport = transport;
  }

  /** A socket in the calling thread's network namespace. Needs CAP_NET_ADMIN. */
  public static NetlinkSocket open(int protocol) {
    return new NetlinkSocket(new KernelTransport(protocol));
  }

  /** A socket in that network namespace; it may be used from any. */
  public static NetlinkSocket open(int protocol, @Nullable Netns netns) {
    return netns == null ? open(protocol) : netns.call(() -> open(protocol));
  }

  /** Makes one request; when this returns, the kernel has done it. */
  public void execute(Request request) {
    writer.clear();
    int number = write(request, Message.ACK);
    send(request);
    Answer answer = answer(number, number);
    if (answer == null) {
      throw unanswered(request);
    }
    if (answer.errno() != 0) {
      throw answer.exception(request);
    }
  }

  /**
   * Makes many requests, each for itself, with as few system calls as possible.
   *
   * @return for each request null or why it failed, in their order
   */
  public List<@Nullable NetlinkException> executeAll(List<? extends Request> requests) {
    List<@Nullable NetlinkException> results = new ArrayList<>(requests.size());
    int begin = 0;
    while (begin < requests.size()) {
      writer.clear();
      int first = sequence;
      int end = begin;
      while (end < requests.size()
          && end - begin < REQUESTS_PER_SEND
          && writer.length() < BYTES_PER_SEND) {
        write(requests.get(end++), Message.ACK);
      }
      send(requests.get(begin));
      for (int i = begin; i < end; i++) {
        Request request = requests.get(i);
        Answer answer = answer(first + i - begin, first + i - begin);
        if (answer == null) {
          results.add(unanswered(request));
        } else {
          results.add(answer.errno() == 0 ? null : answer.exception(request));
        }
      }
      begin = end;
    }
    return results;
  }

  /**
   * Sends {@code begin}, the requests and {@code end} as one, to a subsystem that does all or none.
   *
   * @throws NetlinkException for the first request that failed; the others are its suppressed ones.
   *     Nothing was changed then
   */
  public void transact(Request begin, List<? extends Request> requests, Request end) {
    if (requests.isEmpty()) {
      return;
    }
    writer.clear();
    int first = write(begin, 0);
    int last = first + requests.size();
    for (int i = 0; i < requests.size(); i++) {
      write(requests.get(i), first + i + 1 == last ? Message.ACK : 0);
    }
    write(end, 0);
    send(begin);
    // Failures come in order and the last request always answers, except when the whole is refused:
    // then the answer bears the first number and may be the only one.
    NetlinkException failure = null;
    for (int answered = -1; answered != last && answered != first; ) {
      Answer answer = answer(first, last);
      if (answer == null) {
        throw failure != null ? failure : unanswered(begin);
      }
      answered = answer.sequence();
      if (answer.errno() != 0) {
        NetlinkException next =
            answer.exception(answered == first ? begin : requests.get(answered - first - 1));
        if (failure == null) {
          failure = next;
        } else {
          failure.addSuppressed(next);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Makes a request that one message answers. */
  public <T> T get(Request request, Function<Message, T> decode) {
    writer.clear();
    int number = write(request, 0);
    send(request);
    for (Message message = next(request); message != null; message = next(request)) {
      if (message.sequence() == number) {
        if (message.type() == Message.ERROR) {
          throw Answer.of(message).exception(request);
        }
        return decode.apply(message);
      }
    }
    throw unanswered(request);
  }

  /**
   * Asks for all objects. When they changed meanwhile, asks again, so that the result is of one
   * moment.
   *
   * @param decode may give null for an object that is not wanted
   */
  public <T> List<T> dump(Request request, Function<Message, @Nullable T> decode) {
    for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      List<T> objects = new ArrayList<>();
      boolean consistent =
          dumpOnce(
              request,
              message -> {
                T object = decode.apply(message);
                if (object != null) {
                  objects.add(object);
                }
              });
      if (consistent) {
        return objects;
      }
    }
    throw new NetlinkException(
        request + " (changed during each of " + DUMP_ATTEMPTS + " dumps)", Errno.EINTR);
  }

  /** False when the kernel says that the objects changed in between. */
  private boolean dumpOnce(Request request, Consumer<Message> each) {
    writer.clear();
    int number = write(request, Message.DUMP);
    send(request);
    boolean consistent = true;
    for (Message message = next(request); message != null; message = next(request)) {
      if (message.sequence() != number) {
        continue;
      }
      consistent &= (message.flags() & Message.DUMP_INTERRUPTED) == 0;
      if (message.type() == Message.DONE || message.type() == Message.ERROR) {
        Answer answer = Answer.of(message);
        if (answer.errno() != 0 && answer.errno() != Errno.EINTR) {
          throw answer.exception(request);
        }
        return consistent && answer.errno() == 0;
      }
      each.accept(message);
    }
    throw unanswered(request);
  }

  private static NetlinkException unanswered(Request request) {
    return new NetlinkException(request + " (the kernel gave no answer)", Errno.EAGAIN);
  }

  private int write(Request request, int moreFlags) {
    int number = sequence++;
    int start = writer.begin(request.type(), request.flags() | Message.REQUEST | moreFlags, number);
    request.encode(writer);
    writer.end(start);
    return number;
  }

  private void send(Request request) {
    int length = writer.length();
    int sent;
    do {
      sent = transport.send(writer.buffer(), length);
    } while (sent == -Errno.EINTR);
    writer.clear();
    if (sent < 0) {
      throw new NetlinkException("send " + length + " bytes: " + request, -sent);
    }
  }

  /** The next acknowledgement with a number in the range, or null when there is none. */
  private @Nullable Answer answer(int lowest, int highest) {
    for (Message message = next(this); message != null; message = next(this)) {
      if (message.type() == Message.ERROR
          && message.sequence() >= lowest
          && message.sequence() <= highest) {
        return Answer.of(message);
      }
    }
    return null;
  }

  /** The next received message, or null when none is there. Valid until the next call. */
  @Nullable Message next(Object waitingFor) {
    while (unreadFrom >= unreadTo) {
      int length = transport.receive(received);
      if (length == -Errno.EAGAIN) {
        return null;
      }
      if (length == -Errno.EINTR) {
        continue;
      }
      if (length < 0) {
        throw new NetlinkException("receive the answer to: " + waitingFor, -length);
      }
      if (length > DATAGRAM_BYTES) {
        throw new MalformedMessageException(
            "a datagram of " + length + " bytes; the kernel sends at most " + DATAGRAM_BYTES);
      }
      unreadFrom = 0;
      unreadTo = length;
    }
    Message message;
    try {
      message = Message.at(received, unreadFrom, unreadTo);
    } catch (MalformedMessageException e) {
      unreadFrom = unreadTo;
      throw e;
    }
    unreadFrom = message.next();
    return message;
  }

  @Override
  public void close() {
    transport.close();
  }
}
