package calico.cni;

import calico.datastore.Datastore;
import calico.ipam.Ipam;
import calico.model.json.Json;
import calico.netlink.Netns;
import calico.netlink.route.Rtnetlink;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's side of the CNI plugin: takes calls from the executables over a Unix domain socket
 * that only the daemon's own user may use. One virtual thread per call; kernel work happens on
 * platform threads, see {@link Wiring}.
 */
public final class CniService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CniService.class);

  private static final int CLOSING_SECONDS = 5;
  private static final Duration ACCEPT_AGAIN = Duration.ofMillis(100);

  private final Path path;
  private final CniCommands commands;
  private final Wiring wiring;
  private final ServerSocketChannel server;
  private final String owner;
  private final Practice practice;
  private final ExecutorService calls =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("cni-", 0).factory());

  private CniService(
      Path path,
      CniCommands commands,
      Wiring wiring,
      ServerSocketChannel server,
      String owner,
      Practice practice) {
    this.path = path;
    this.commands = commands;
    this.wiring = wiring;
    this.server = server;
    this.owner = owner;
    this.practice = practice;
  }

  /**
   * Listens and serves. A socket that a dead daemon left is replaced. The network namespace of the
   * calling thread is the one that containers are attached to.
   *
   * @param socket path of the socket, at most 107 bytes; its directory is made
   * @param readiness tells when an endpoint is served, usually Felix in this JVM
   * @param observer is told what calls take
   * @throws IOException if it cannot listen, also because another daemon does
   */
  public static CniService start(
      Path socket,
      CniSettings settings,
      Datastore datastore,
      Ipam ipam,
      EndpointReadiness readiness,
      CallObserver observer,
      Clock clock)
      throws IOException {
    return start(socket, settings, datastore, ipam, readiness, observer, clock, Netns.current());
  }

  /** As the public one, for containers that are attached to another namespace. */
  static CniService start(
      Path socket,
      CniSettings settings,
      Datastore datastore,
      Ipam ipam,
      EndpointReadiness readiness,
      CallObserver observer,
      Clock clock,
      Netns host)
      throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(socket);
    Files.createDirectories(socket.toAbsolutePath().getParent());
    removeStale(socket, address);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(address);
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    Wiring wiring = new Wiring(host);
    CniCommands commands =
        new CniCommands(settings, datastore, ipam, wiring, readiness, observer, clock);
    CniService service =
        new CniService(
            socket,
            commands,
            wiring,
            server,
            Files.getOwner(socket).getName(),
            new Practice(datastore, settings));
    Thread.ofVirtual().name("cni-accept").start(service::accept);
    return service;
  }

  /**
   * Once {@code idle} holds, practises attaching containers in the background, see {@link
   * Practice}. The first call ends that.
   */
  public void practise(BooleanSupplier idle) {
    calls.execute(() -> practice.run(idle));
  }

  /** Removes the wires to all containers from the calling thread's network namespace. */
  public static void removeWires() {
    try (Rtnetlink rtnetlink = Rtnetlink.open()) {
      Wiring.removeAll(rtnetlink);
    }
  }

  private static void removeStale(Path socket, UnixDomainSocketAddress address) throws IOException {
    if (!Files.exists(socket)) {
      return;
    }
    try (SocketChannel probe = SocketChannel.open(address)) {
      throw new IOException(
          "a node daemon serves " + probe.getRemoteAddress() + " already; stop it first");
    } catch (SocketException _) {
      Files.delete(socket); // nobody listens
    }
  }

  private void accept() {
    while (true) {
      try {
        SocketChannel client = server.accept();
        try {
          calls.execute(() -> serve(client));
        } catch (RejectedExecutionException _) {
          client.close(); // it came while this was being closed
        }
      } catch (ClosedChannelException _) {
        return;
      } catch (IOException e) {
        LOG.error("cannot accept a CNI call on {}, trying again: {}", path, e.getMessage());
        LockSupport.parkNanos(ACCEPT_AGAIN.toNanos()); // as when there are no file descriptors left
      }
    }
  }

  private void serve(SocketChannel client) {
    try (client) {
      // The mode of the socket could not keep others out between bind and chmod.
      String user = client.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName();
      if (!user.equals(owner)) {
        LOG.warn("refused a CNI call by user {}", user);
        return;
      }
      byte[] request = CniExchange.readAll(client);
      if (request.length == 0) {
        return; // a probe whether somebody listens
      }
      practice.end();
      CniExchange.writeAll(client, CniExchange.encode(answer(request)));
    } catch (IOException e) {
      LOG.warn("the caller of a CNI call has gone: {}", e.getMessage());
    }
  }

  private CniExchange.Answer answer(byte[] request) {
    CniExchange.Call call;
    try {
      call = CniExchange.decodeCall(request);
    } catch (CniException e) {
      return new CniExchange.Answer(1, Json.print(e.toTree(CniVersions.NEWEST)));
    }
    return commands.answer(call);
  }

  /** Stops listening; calls that wait end with "try again". */
  @Override
  public void close() throws IOException {
    if (!server.isOpen()) {
      return;
    }
    practice.end();
    server.close();
    commands.close();
    Files.deleteIfExists(path);
    calls.shutdownNow();
    try {
      if (calls.awaitTermination(CLOSING_SECONDS, TimeUnit.SECONDS)) {
        wiring.close();
      } else {
        LOG.warn("CNI calls still run after {} s", CLOSING_SECONDS);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
