package calico.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A netlink socket of the system. */
final class KernelTransport implements Transport {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDBUFFORCE = 32;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_ADD_MEMBERSHIP = 1;
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int NETLINK_GET_STRICT_CHK = 12;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;

  /** Room for the answers of a batch: each takes the kernel under a kilobyte. */
  private static final int RECEIVE_BUFFER_BYTES = 8 << 20;

  /** What the kernel counts besides the bytes themselves. */
  private static final int SEND_OVERHEAD_BYTES = 1024;

  private final Arena arena = Arena.ofShared();
  private final Libc libc = new Libc(arena);
  private final MemorySegment incoming = arena.allocate(NetlinkSocket.DATAGRAM_BYTES);
  private final MemorySegment outgoing = arena.allocate(NetlinkSocket.KEPT_BYTES);
  private final int fd;
  private int sendBufferBytes = 128 << 10;

  /** In the calling thread's network namespace. */
  KernelTransport(int protocol) {
    fd = libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol);
    if (fd < 0) {
      arena.close();
      throw new NetlinkException("open a netlink socket of protocol " + protocol, -fd);
    }
    try {
      set(SOL_NETLINK, NETLINK_EXT_ACK, 1);
      set(SOL_NETLINK, NETLINK_CAP_ACK, 1);
      set(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
      set(SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES);
      MemorySegment address = arena.allocate(12, 4);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_NETLINK);
      check("bind a netlink socket", libc.bind(fd, address));
    } catch (NetlinkException e) {
      close();
      throw e;
    }
  }

  private static void check(String what, int result) {
    if (result < 0) {
      throw new NetlinkException(what, -result);
    }
  }

  private void set(int level, int option, int value) {
    try (Arena temporary = Arena.ofConfined()) {
      MemorySegment number = temporary.allocateFrom(ValueLayout.JAVA_INT, value);
      check("set netlink socket option " + option, libc.setsockopt(fd, level, option, number));
    }
  }

  /** Receives what is sent to a multicast group, e.g. RTNLGRP_LINK. */
  void subscribe(int group) {
    set(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
  }

  int fd() {
    return fd;
  }

  @Override
  public int send(byte[] bytes, int length) {
    if (length > sendBufferBytes - SEND_OVERHEAD_BYTES) {
      sendBufferBytes = length * 2;
      set(SOL_SOCKET, SO_SNDBUFFORCE, sendBufferBytes);
    }
    if (length <= NetlinkSocket.KEPT_BYTES) {
      return send(bytes, outgoing, length);
    }
    try (Arena temporary = Arena.ofConfined()) {
      return send(bytes, temporary.allocate(length), length);
    }
  }

  private int send(byte[] bytes, MemorySegment buffer, int length) {
    MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, length);
    return libc.send(fd, buffer, length);
  }

  @Override
  public int receive(byte[] buffer) {
    int length = libc.recv(fd, incoming, MSG_TRUNC | MSG_DONTWAIT);
    if (length > 0) {
      int copied = Math.min(length, buffer.length);
      MemorySegment.copy(incoming, ValueLayout.JAVA_BYTE, 0, buffer, 0, copied);
    }
    return length;
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      libc.close(fd);
      arena.close();
    }
  }
}
