package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.json.Json;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Calls that end anywhere, come twice, late or in the wrong order, on the real kernel. */
class KilledTest extends OnHost {
  private static final String CONF =
      "{'cniVersion':'1.0.0','name':'net1','ipam':{'type':'calico-ipam','assign_ipv6':true}}";
  private static final String POD = "K8S_POD_NAME=web-0;K8S_POD_NAMESPACE=shop";

  /** More than the datastore calls of any call. */
  private static final int STEPS = 60;

  private void ok(String command, String container, String args) {
    ok(host.call(command, container, args, CONF));
  }

  private void assertNothingLeft() {
    assertEquals(List.of(), host.datastore.list(Query.all(Kinds.WORKLOAD_ENDPOINT)).entries());
    assertEquals(List.of(), host.datastore.list(new Query.Handles()).entries());
    assertFalse(Host.ip(host.name, "link").contains("cali"));
    assertFalse(Host.ip(host.name, "route").contains("cali"));
    host.datastore
        .list(new Query.Blocks(null))
        .entries()
        .forEach(b -> assertEquals(List.of(), b.value().attributes(), b.key()::toString));
  }

  /** From some datastore call on nothing works any more, as for a daemon that is no more. */
  private int kill(String command, String container, String args, int step) {
    host.mortal.dieAfter(step);
    CniExchange.Answer answer = host.call(command, container, args, CONF);
    host.mortal.revive();
    return answer.status();
  }

  @Test
  void addKilledAnywhereIsRepeatedAndUndone() {
    int survived = 0;
    for (int step = 0; step < STEPS; step++) {
      String args = step % 2 == 0 ? "" : POD;
      String c = host.container();
      survived += kill("ADD", c, args, step) == 0 ? 1 : 0;
      if (step % 3 == 0) {
        ok("ADD", c, args);
        ok("CHECK", c, args);
      }
      ok("DEL", c, args);
      assertNothingLeft();
      host.removeContainer(c);
    }
    assertTrue(survived > 0, "no ADD got to its end: STEPS is too low");
  }

  @Test
  void delKilledAnywhereIsRepeated() {
    int survived = 0;
    for (int step = 0; step < STEPS; step++) {
      String args = step % 2 == 0 ? "" : POD;
      String c = host.container();
      ok("ADD", c, args);
      survived += kill("DEL", c, args, step) == 0 ? 1 : 0;
      if (step % 3 == 0) {
        host.removeContainer(c);
      }
      ok("DEL", c, args);
      assertNothingLeft();
      if (step % 3 != 0) {
        host.removeContainer(c);
      }
    }
    assertTrue(survived > 0, "no DEL got to its end: STEPS is too low");
  }

  @Test
  void gcGivesBackWhatAKilledAddHadAssigned() {
    String c = host.container();
    int step = 0;
    while (host.ipam.ipsByHandle("net1." + Host.id(c)).isEmpty()) {
      kill("ADD", c, "", step++);
    }
    ok("GC", c, "");
    assertEquals(List.of(), host.datastore.list(new Query.Handles()).entries());
  }

  @Test
  void whatCouldNotBeWrittenIsWithdrawn() {
    String c = host.container();
    for (int step = 0; host.announced.isEmpty(); step++) {
      kill("ADD", c, "", step);
    }
    assertFalse(host.hasEndpoint(c));
    assertEquals(List.of(ResourceKey.of(host.announced.getFirst())), List.copyOf(host.withdrawn));
  }

  @Test
  void twoAddsAtOnceForOneContainerGetTheSame() throws Exception {
    String c = host.container();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CniExchange.Answer> one = threads.submit(() -> host.call("ADD", c, "", CONF));
      Future<CniExchange.Answer> two = threads.submit(() -> host.call("ADD", c, "", CONF));
      assertEquals(one.get(), two.get());
    }
    assertEquals(2, host.ipam.ipsByHandle("net1." + Host.id(c)).size());
    ok("CHECK", c, "");
    ok("DEL", c, "");
    assertNothingLeft();
  }

  @Test
  void delOfAnOldContainerBesideAddOfItsSuccessor() throws Exception {
    for (int round = 0; round < 10; round++) {
      String old = host.container();
      String next = host.container();
      ok("ADD", old, POD);
      CountDownLatch go = new CountDownLatch(1);
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<CniExchange.Answer> del =
            threads.submit(
                () -> {
                  go.await();
                  return host.call("DEL", old, POD, CONF);
                });
        Future<CniExchange.Answer> add =
            threads.submit(
                () -> {
                  go.await();
                  return host.call("ADD", next, POD, CONF);
                });
        go.countDown();
        assertEquals(0, del.get().status(), () -> "DEL failed; see the log");
        assertEquals(0, add.get().status(), () -> "ADD failed; see the log");
      }
      ok("CHECK", next, POD);
      ok("DEL", old, POD);
      ok("CHECK", next, POD);
      ok("DEL", next, POD);
      assertNothingLeft();
    }
  }

  @Test
  void anEndpointThatSomebodyChangedIsDeleted() {
    String c = host.container();
    ok("ADD", c, "");
    Resource<WorkloadEndpointSpec> endpoint = host.resource(c);
    Metadata labelled = endpoint.metadata().withLabels(Map.of("app", "web"));
    host.datastore.put(ResourceKey.of(endpoint), endpoint.withMetadata(labelled), null);
    ok("DEL", c, "");
    assertNothingLeft();
  }

  /** By upstream's plugin, say. */
  @Test
  void whatSomebodyElseAttachedSinceIsNotTouched() {
    String old = host.container();
    ok("ADD", old, POD);
    var key = ResourceKey.of(Kinds.WORKLOAD_ENDPOINT, "shop", "node1-k8s-web--0-eth0");
    Resource<WorkloadEndpointSpec> endpoint = host.datastore.get(key).orElseThrow().value();
    String text = Json.print(ResourceCodec.encode(endpoint)).replace(Host.id(old), "another");
    host.datastore.put(key, ResourceCodec.decode(Kinds.WORKLOAD_ENDPOINT, Json.parse(text)), null);
    var variables = host.variables("DEL", old, POD);
    variables.put("CNI_NETNS", "/run/netns/gone");
    ok(CniClient.call("calico", variables, CONF.replace('\'', '"')));
    assertTrue(host.datastore.get(key).isPresent());
    assertTrue(Host.ip(host.name, "-o link show up").contains("cali"));
  }

  @Test
  void furtherInterfacesHaveWiresOfTheirOwn() {
    String c = host.container();
    ok("ADD", c, "");
    var variables = host.variables("ADD", c, "");
    variables.put("CNI_IFNAME", "eth1");
    String other = CONF.replace("net1", "net2").replace('\'', '"');
    ok(CniClient.call("calico", variables, other));
    ok("CHECK", c, "");
    assertTrue(Host.ip(c, "link").contains("eth1"));
    variables.put("CNI_COMMAND", "DEL");
    ok(CniClient.call("calico", variables, other));
    ok("CHECK", c, "");
    ok("DEL", c, "");
    assertNothingLeft();
  }
}
