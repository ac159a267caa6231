package calico.felix.policysync;

import io.grpc.BindableService;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One listening socket, {@code mount/UID/socket}, for each {@code creds/UID.json} that there is.
 * What cannot be listened on is tried again at each {@link #scan()}. Of the loop.
 */
final class WorkloadSockets implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WorkloadSockets.class);
  private static final String SUFFIX = ".json";

  /** Reports are small, and the pod that sends them is not trusted. */
  private static final int MAX_REQUEST_BYTES = 1 << 16;

  private final Path prefix;
  private final Executor executor;
  private final Function<Credentials, BindableService> services;
  private final EventLoopGroup network =
      new NioEventLoopGroup(1, Thread.ofPlatform().name("policysync-io").daemon().factory());
  private final Map<String, Server> listening = new HashMap<>();

  /** Those of which it has been said that they cannot be listened on. */
  private final Set<String> complained = new HashSet<>();

  /**
   * Nothing is listened on before the first scan.
   *
   * @param prefix the directory with {@code creds} and {@code mount}
   * @param executor serves the calls
   * @param services what is served to a workload
   */
  WorkloadSockets(Path prefix, Executor executor, Function<Credentials, BindableService> services) {
    this.prefix = prefix;
    this.executor = executor;
    this.services = services;
  }

  /** Listens where something new is, and no longer where it is gone. */
  void scan() {
    Set<String> present;
    try {
      present = present();
    } catch (IOException | DirectoryIteratorException e) {
      if (complained.add("")) {
        LOG.warn("PolicySync credentials cannot be listed, trying again: {}", e.toString());
      }
      return;
    }
    for (String uid : List.copyOf(listening.keySet())) {
      if (!present.contains(uid)) {
        stop(uid);
      }
    }
    complained.retainAll(present);
    for (String uid : present) {
      if (!listening.containsKey(uid)) {
        try {
          listening.put(uid, listen(uid));
          complained.remove(uid);
        } catch (IOException | RuntimeException e) {
          if (complained.add(uid)) {
            LOG.warn(
                "PolicySync socket of uid={} is not there, trying again: {}", uid, e.toString());
          }
        }
      }
    }
  }

  private Set<String> present() throws IOException {
    Set<String> uids = new HashSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(prefix.resolve("creds"))) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (name.endsWith(SUFFIX) && name.length() > SUFFIX.length()) {
          uids.add(name.substring(0, name.length() - SUFFIX.length()));
        }
      }
    } catch (NoSuchFileException | NotDirectoryException _) {
      // The first pod's driver makes it.
    }
    return uids;
  }

  private Server listen(String uid) throws IOException {
    Credentials credentials = Credentials.read(prefix.resolve("creds").resolve(uid + SUFFIX));
    Path socket = socket(uid);
    Files.deleteIfExists(socket); // a Felix before this one left it
    Server server =
        NettyServerBuilder.forAddress(
                UnixDomainSocketAddress.of(socket), InsecureServerCredentials.create())
            .channelType(NioServerDomainSocketChannel.class)
            .bossEventLoopGroup(network)
            .workerEventLoopGroup(network)
            .withChildOption(ChannelOption.SO_KEEPALIVE, null) // sockets of files have none
            .executor(executor)
            .maxInboundMessageSize(MAX_REQUEST_BYTES)
            .addService(services.apply(credentials))
            .build()
            .start();
    try {
      // Which user the pod's processes are is not known here.
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rwxrwxrwx"));
    } catch (IOException e) {
      server.shutdownNow();
      throw e;
    }
    LOG.info("PolicySync: listening for {}/{}", credentials.namespace(), credentials.workload());
    return server;
  }

  private Path socket(String uid) {
    return prefix.resolve("mount").resolve(uid).resolve("socket");
  }

  /** Takes no more clients; those that are there end with the endpoint. */
  private void stop(String uid) {
    Server server = listening.remove(uid);
    if (server != null) {
      server.shutdown();
      delete(uid);
    }
  }

  private void delete(String uid) {
    try {
      Files.deleteIfExists(socket(uid));
    } catch (IOException e) {
      LOG.warn("PolicySync socket of uid={} stays behind: {}", uid, e.toString());
    }
  }

  @Override
  public void close() {
    listening.forEach(
        (uid, server) -> {
          server.shutdownNow();
          delete(uid);
        });
    listening.clear();
    var _ = network.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
