package calico.confd;

import calico.datastore.MemoryDatastore;
import calico.model.key.ResourceKey;
import calico.model.resource.ClusterInformationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A datastore that is ready, and nodes n1, n2 ... on one Ethernet, each with a BIRD and a confd.
 */
final class BirdCluster implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(15);

  final MemoryDatastore datastore = new MemoryDatastore();
  final Fabric fabric;
  final List<Bird> birds = new ArrayList<>();
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
    return bird;
  }

  /** The confd of node {@code i}, started. */
  Confd confd(int i, Bird bird) {
    return confd(new ConfdConfig("n" + i), bird);
  }

  Confd confd(ConfdConfig config, Bird bird) {
    Confd confd = new Confd(config, datastore, bird, _ -> {});
    confds.add(confd);
    confd.start();
    return confd;
  }

  static void awaitEstablished(Bird bird, int sessions) throws Exception {
    Await.until(
        sessions + " sessions of " + bird.paths(), SOON, () -> established(bird) == sessions);
  }

  static long established(Bird bird) throws BgpDaemonException {
    try {
      return bird.control().sessions().stream().filter(BgpSession::isEstablished).count();
    } catch (BgpDaemonException.Unavailable _) {
      return -1;
    }
  }

  void awaitRoute(int at, String destination, String via) throws Exception {
    String family = destination.contains(":") ? "-6" : "-4";
    Await.until(
        destination + " at n" + at,
        SOON,
        () -> fabric.ipAt(at, family, "route", "show", destination).contains("via " + via));
  }

  @Override
  public void close() throws Exception {
    for (Confd confd : confds) {
      confd.close();
    }
    for (Bird bird : birds) {
      bird.stop();
      bird.close();
    }
    fabric.close();
    datastore.close();
  }
}
