package calico.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.BlockAffinity;
import calico.model.ipam.IpamCodec;
import calico.model.ipam.IpamHandle;
import calico.model.key.IpamKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Going on with a block that an upstream node has filled with 17 addresses, and beside it. */
class UpstreamTest {
  private static final Cidr BLOCK = Cidr.parse("10.133.149.0/26");
  private static final String NETWORK = "k8s-pod-network.";
  private static final Map<String, String> NODE = Map.of("node", "node1");

  /** Addresses that upstream has assigned. */
  private static final int FILLED = 17;

  private static final int ROUNDS = 200;

  /** Addresses that each client keeps. */
  private static final int KEPT = 4;

  private final Cluster cluster = new Cluster().node("node1");
  private final UpstreamClient upstream = new UpstreamClient(cluster.datastore, BLOCK);
  private String stored = "";

  @BeforeEach
  void putWhatUpstreamStored() throws IOException {
    cluster.pool("pool", "10.128.0.0/12", 26);
    try (InputStream in =
        Objects.requireNonNull(UpstreamTest.class.getResourceAsStream("upstream.json"))) {
      stored = new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
    cluster.datastore.create(new IpamKey.Block(BLOCK), IpamCodec.parseBlock(stored));
    cluster.datastore.create(
        IpamKey.Affinity.ofHost("node1", BLOCK), new BlockAffinity("confirmed", false));
    for (int i = 0; i < FILLED; i++) {
      handle("cid%06d".formatted(i));
    }
  }

  private void handle(String container) {
    cluster.datastore.create(
        new IpamKey.Handle(NETWORK + container), new IpamHandle(Map.of(BLOCK, 1), false));
  }

  private String block() {
    return IpamCodec.print(cluster.block(BLOCK.toString()));
  }

  private static AssignRequest request(String handle) {
    return AssignRequest.workload("node1", handle, NODE, Map.of(Family.IPV4, 1));
  }

  /** Byte by byte. */
  @Test
  void itsBlockIsChangedAsItWouldChangeIt() {
    String before = block();
    assertEquals(stored, before);
    assertTrue(cluster.ipam().autoAssign(request(NETWORK + "new")).complete());
    String ours = block();
    assertEquals(1, cluster.ipam().releaseByHandle(NETWORK + "cid000003").size());
    String released = block();

    cluster.datastore.put(new IpamKey.Block(BLOCK), IpamCodec.parseBlock(before), null);
    cluster.datastore.delete(new IpamKey.Handle(NETWORK + "new"), null);
    handle("cid000003");
    assertEquals(Ip.parse("10.133.149.17"), upstream.assign(NETWORK + "new"));
    assertEquals(block(), ours);
    upstream.release(NETWORK + "cid000003");
    assertEquals(block(), released);
  }

  /** Upstream's client, our daemon and our command: each address has one owner. */
  @Test
  void allAllocateFromOneBlockAtTheSameTime() throws Exception {
    Map<Ip, String> held = new ConcurrentHashMap<>();
    AllocationBlock first = IpamCodec.parseBlock(stored);
    for (int i = 0; i < FILLED; i++) {
      int attribute = Objects.requireNonNull(first.allocations().get(i));
      held.put(
          BLOCK.address().plus(i), String.valueOf(first.attributes().get(attribute).handleId()));
    }
    try (Ipam daemon = Ipam.ofNode("node1", cluster.datastore, cluster.clock, new Random(1));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> clients =
          List.of(
              threads.submit(() -> live("up", upstream::assign, upstream::release, held)),
              threads.submit(() -> live("daemon", daemon, held)),
              threads.submit(() -> live("command", cluster.ipam(), held)));
      for (Future<?> client : clients) {
        client.get();
      }
    }
    assertEquals(FILLED + 3 * KEPT, held.size());
    new Audit(cluster.datastore, List.of(BLOCK)).isSound(held, List.of(), cluster.clock.instant());
  }

  private static void live(String name, Ipam ipam, Map<Ip, String> held) {
    live(
        name,
        handle -> ipam.autoAssign(request(handle)).addresses().getFirst().ip(),
        ipam::releaseByHandle,
        held);
  }

  /** Assigns one address after the other, and soon releases it. */
  private static void live(
      String name, Function<String, Ip> assign, Consumer<String> release, Map<Ip, String> held) {
    Deque<Ip> mine = new ArrayDeque<>();
    for (int i = 0; i < ROUNDS; i++) {
      String handle = NETWORK + name + i;
      Ip ip = assign.apply(handle);
      assertNull(held.put(ip, handle), () -> ip + " has two owners");
      mine.add(ip);
      if (mine.size() > KEPT) {
        release.accept(Objects.requireNonNull(held.remove(mine.remove())));
      }
    }
  }
}
