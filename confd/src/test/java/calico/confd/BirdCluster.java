package calico.confd;

import static calico.confd.Resources.CONFIRMED;
import static calico.confd.Resources.block;
import static calico.confd.Resources.node;
import static calico.confd.Resources.pool;

import calico.datastore.MemoryDatastore;
import calico.model.key.ResourceKey;
import calico.model.resource.ClusterInformationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A datastore that is ready, and nodes n1, n2 ... on one Ethernet, each with a BGP daemon and a
 * confd.
 */
final class BirdCluster implements AutoCloseable {
  /**
   * On a busy machine too: a session that is refused once is tried again after ten seconds or more.
   */
  static final Duration SOON = Duration.ofSeconds(60);

  final MemoryDatastore datastore = new MemoryDatastore();
  final Fabric fabric;
  final List<Bird> birds = new ArrayList<>();
  private final List<BgpDaemon> daemons = new ArrayList<>();
  private final List<Confd> confds = new ArrayList<>();
  private final Path directory;

  BirdCluster(int nodes, Path directory) throws Exception {
    this.directory = directory;
    fabric = new Fabric(nodes);
    declareReady(true);
  }

  void put(Resource<?> resource) {
    putAt(ResourceKey.of(resource), resource);
  }

  @SuppressWarnings("unchecked") // the key is made from the resource
  private <S> void putAt(ResourceKey<S> key, Resource<?> resource) {
    datastore.put(key, (Resource<S>) resource, null);
  }

  /** Nodes n1 to so many, each with a block of both families, and the pools of these. */
  void addNodes(int count) {
    for (int i = 1; i <= count; i++) {
      put(node("n" + i, "10.99.0." + i + "/24", "fd99::" + i + "/64"));
      datastore.put(block("n" + i, "10.65." + i + ".0/26"), CONFIRMED, null);
      datastore.put(block("n" + i, "fd65:0:0:" + i + "::/122"), CONFIRMED, null);
    }
    put(pool("v4", "10.65.0.0/16", "Never", false));
    put(pool("v6", "fd65::/48", "Never", false));
  }

  void declareReady(boolean ready) {
    var spec = new ClusterInformationSpec(null, null, null, ready, null, Unknown.NONE);
    put(Resource.of(Kinds.CLUSTER_INFORMATION, Metadata.named("default"), spec));
  }

  /** The BIRD of node {@code i}, not started yet. */
  Bird bird(int i) {
    Bird bird =
        new Bird(
            BirdPaths.in(directory.resolve("n" + i)),
            NetworkNamespace.named(fabric.namespace(i)),
            new Random(1));
    birds.add(bird);
    daemons.add(bird);
    return bird;
  }

  /** The FRR of node {@code i}, not started yet. */
  Frr frr(int i) throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    Frr frr =
        new Frr(
            FrrPaths.in(directory.resolve("n" + i)),
            NetworkNamespace.named(fabric.namespace(i)),
            new Random(1));
    daemons.add(frr);
    return frr;
  }

  /** The confd of node {@code i}, started. */
  Confd confd(int i, BgpDaemon daemon) {
    return confd(new ConfdConfig("n" + i), daemon);
  }

  /** The confd of node {@code i}, started; whose files are in the directory of the test. */
  Confd confdWithFiles(int i, BgpDaemon daemon) {
    return confd(withFiles(i, null, () -> Optional.of(directory)), daemon);
  }

  /** For a confd of node {@code i} whose other files are in the directory of the test. */
  ConfdConfig withFiles(int i, @Nullable String routerId, Supplier<Optional<Path>> statuses) {
    return new ConfdConfig("n" + i, routerId, null, false, directory, statuses);
  }

  Confd confd(ConfdConfig config, BgpDaemon daemon) {
    Confd confd = new Confd(config, datastore, daemon, _ -> {});
    confds.add(confd);
    confd.start();
    return confd;
  }

  static void awaitEstablished(BgpDaemon daemon, int sessions) throws Exception {
    Await.until(
        sessions + " sessions of " + daemon.config(), SOON, () -> established(daemon) == sessions);
  }

  static long established(BgpDaemon daemon) throws BgpDaemonException {
    try {
      return daemon.control().sessions().stream().filter(BgpSession::isEstablished).count();
    } catch (BgpDaemonException.Unavailable _) {
      return -1;
    }
  }

  /** None while the daemon does not answer. */
  static List<BgpSession> sessions(BgpDaemon daemon) throws BgpDaemonException {
    try {
      return daemon.control().sessions();
    } catch (BgpDaemonException.Unavailable _) {
      return List.of();
    }
  }

  void awaitRoute(int at, String destination, String via) throws Exception {
    String family = destination.contains(":") ? "-6" : "-4";
    Await.until(
        destination + " at n" + at,
        SOON,
        () -> fabric.ipAt(at, family, "route", "show", destination).contains("via " + via));
  }

  /** What BIRD knows of a route. */
  static String show(Bird bird, String prefix) throws Exception {
    String socket = bird.paths().socket().toString();
    return ShortCommand.run(List.of("birdc", "-s", socket, "show route all " + prefix)).words();
  }

  /** Each of the first two nodes has routes to the blocks of the other. */
  void awaitBlocks() throws Exception {
    awaitRoute(1, "10.65.2.0/26", "10.99.0.2");
    awaitRoute(2, "10.65.1.0/26", "10.99.0.1");
    awaitRoute(1, "fd65:0:0:2::/122", "fd99::2");
    awaitRouteTo(1, 2, "fd65:0:0:1::/122");
  }

  /**
   * A route to another node, by its address or, of IPv6, its link-local one: FRR tells its
   * neighbours both, and BIRD takes that.
   */
  void awaitRouteTo(int node, int at, String destination) throws Exception {
    boolean ipv6 = destination.contains(":");
    String own = ipv6 ? "fd99::" + node : "10.99.0." + node;
    String line = fabric.ipAt(node, "-6", "-o", "addr", "show", "dev", "eth0", "scope", "link");
    String linkLocal = line.replaceFirst("(?s).*inet6 ([0-9a-f:]+)/64.*", "$1");
    Await.until(
        destination + " at n" + at,
        SOON,
        () -> {
          String route = fabric.ipAt(at, ipv6 ? "-6" : "-4", "route", "show", destination);
          return route.contains("via " + own + " ")
              || (ipv6 && route.contains("via " + linkLocal + " "));
        });
  }

  @Override
  public void close() throws Exception {
    for (Confd confd : confds) {
      confd.close();
    }
    for (BgpDaemon daemon : daemons) {
      daemon.stop();
      daemon.close();
    }
    fabric.close();
    datastore.close();
  }
}
