package calico.netlink;

/**
 * Carries datagrams of netlink messages to a kernel and back. The one that matters is the system's,
 * {@link KernelTransport}; another may play a kernel, with all that can go wrong.
 */
public interface Transport extends AutoCloseable {
  /**
   * Sends a datagram. When this returns, the kernel has worked on it, and its answers are there.
   *
   * @param length how many of the bytes
   * @return how many bytes were sent, or minus the errno
   */
  int send(byte[] bytes, int length);

  /**
   * Receives a datagram; what does not fit is lost.
   *
   * @return its length, or minus the errno: EAGAIN if there is none
   */
  int receive(byte[] buffer);

  @Override
  void close();
}
