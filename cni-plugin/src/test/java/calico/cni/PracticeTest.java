package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Entry;
import calico.datastore.ForwardingDatastore;
import calico.datastore.MemoryDatastore;
import calico.model.json.Json;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.WorkloadEndpointSpec;
import calico.netlink.route.Link;
import calico.netlink.route.Rtnetlink;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** In namespaces that the practice makes for itself. */
class PracticeTest {
  private static final ResourceKey<WorkloadEndpointSpec> NOBODYS =
      ResourceKey.of(Kinds.WORKLOAD_ENDPOINT, "default", "node1-cni-practice-eth0");

  private final AtomicInteger reads = new AtomicInteger();
  private Runnable onRead = () -> {};
  private final MemoryDatastore memory = new MemoryDatastore();
  private final Practice practice =
      new Practice(
          new ForwardingDatastore(memory) {
            @Override
            public <V> Optional<Entry<V>> get(Key<V> key) {
              assertEquals(NOBODYS, key);
              reads.incrementAndGet();
              onRead.run();
              return super.get(key);
            }
          },
          CniSettings.of("node1"));

  @Test
  void leavesNothingAnywhere() {
    List<String> before = interfaces();
    practice.run(() -> true);
    assertEquals(300, reads.get());
    assertEquals(before, interfaces());
    assertTrue(memory.list(Query.all(Kinds.WORKLOAD_ENDPOINT)).entries().isEmpty());
  }

  @Test
  void endsWithTheFirstCall() {
    onRead = practice::end;
    practice.run(() -> true);
    assertEquals(5, reads.get(), "one round");
  }

  @Test
  void doesNotBeginAfterACall() {
    practice.end();
    practice.run(() -> true);
    assertEquals(0, reads.get());
  }

  @Test
  void waitsUntilTheNodeIsIdle() {
    AtomicInteger asked = new AtomicInteger();
    practice.run(
        () -> {
          assertEquals(0, reads.get());
          return asked.incrementAndGet() == 3;
        });
    assertEquals(300, reads.get());
  }

  @Test
  void leavesAnEndpointOfThatNameAlone() {
    // Whoever calls a container "practice" has it attached as any other.
    Resource<WorkloadEndpointSpec> endpoint =
        ResourceCodec.decode(
            Kinds.WORKLOAD_ENDPOINT,
            Json.parse(
                """
                {"metadata":{"name":"node1-cni-practice-eth0","namespace":"default"},
                 "spec":{"orchestrator":"cni","node":"node1","containerID":"practice",
                  "endpoint":"eth0","interfaceName":"cali1"}}
                """));
    Entry<?> theirs = memory.put(NOBODYS, endpoint, null);
    practice.run(() -> true);
    assertEquals(1, reads.get());
    assertEquals(theirs, memory.get(NOBODYS).orElseThrow());
  }

  @Test
  void aFailureEndsItQuietly() {
    onRead =
        () -> {
          throw new IllegalStateException("away");
        };
    practice.run(() -> true);
    assertEquals(1, reads.get());
    practice.run(() -> true);
    assertEquals(2, reads.get(), "it can be tried again");
  }

  /** Of this process' namespace. */
  private static List<String> interfaces() {
    try (Rtnetlink rtnetlink = Rtnetlink.open()) {
      return rtnetlink.links().stream().map(Link::name).toList();
    }
  }
}
