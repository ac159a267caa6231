package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.key.IpamKey;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.ProfileSpec;
import calico.model.resource.Resource;
import calico.model.resource.WorkloadEndpointSpec;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Real calls, against the real kernel in namespaces of their own. */
class CniServiceTest extends OnHost {
  private static final String BOTH =
      "{'cniVersion':'1.0.0','name':'net1','type':'calico','mtu':1400,"
          + "'ipam':{'type':'calico-ipam','assign_ipv6':true},"
          + "'args':{'calico':{'labels':{'app':'web'}}}}";
  private static final String FOUR =
      "{'cniVersion':'0.3.1','name':'net1','ipam':{'type':'calico-ipam'}}";

  private static void assertError(int code, String part, CniExchange.Answer answer) {
    assertEquals(1, answer.status(), answer::stdout);
    assertEquals((long) code, Host.tree(answer).get("code"), answer::stdout);
    assertTrue(answer.stdout().contains(part), answer::stdout);
  }

  private static String hostInterface(String container) {
    String id = Host.id(container);
    return "cali" + id.substring(0, Math.min(11, id.length()));
  }

  private boolean nothingAssigned() {
    return host.datastore.list(new Query.Handles()).entries().isEmpty();
  }

  @Test
  void addConnectsAContainer() {
    String c = host.container();
    CniExchange.Answer answer = ok(host.call("ADD", c, "", BOTH));
    String veth = hostInterface(c);
    WorkloadEndpointSpec spec = host.endpoint(c);
    List<String> networks = Objects.requireNonNull(spec.ipNetworks());
    String four = networks.get(0).replace("/32", "");
    String six = networks.get(1).replace("/128", "");
    assertEquals(
        "{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\""
            + veth
            + "\"},{\"name\":\"eth0\",\"mac\":\""
            + spec.mac()
            + "\",\"sandbox\":\"/run/netns/"
            + c
            + "\"}],\"ips\":[{\"interface\":1,\"address\":\""
            + four
            + "/32\"},{\"interface\":1,\"address\":\""
            + six
            + "/128\"}],\"dns\":{}}",
        answer.stdout());

    String link = Host.ip(c, "link show eth0");
    assertTrue(link.contains("mtu 1400") && link.contains("UP"), link);
    assertTrue(link.contains(String.valueOf(spec.mac())), link);
    String addresses = Host.ip(c, "addr show eth0");
    assertTrue(addresses.contains(four + "/32"), addresses);
    assertTrue(addresses.contains(six + "/128"), addresses);
    String routes = Host.ip(c, "route");
    assertTrue(routes.contains("default via 169.254.1.1 dev eth0"), routes);
    assertTrue(routes.contains("169.254.1.1 dev eth0 scope link"), routes);
    String routes6 = Host.ip(c, "-6 route");
    assertTrue(routes6.contains("default via fe80::ecee:eeff:feee:eeee dev eth0"), routes6);

    String hostLink = Host.ip(host.name, "link show " + veth);
    assertTrue(hostLink.contains("ee:ee:ee:ee:ee:ee") && hostLink.contains("mtu 1400"), hostLink);
    String hostRoutes = Host.ip(host.name, "route");
    assertTrue(hostRoutes.contains(four + " dev " + veth + " scope link"), hostRoutes);
    assertTrue(Host.ip(host.name, "-6 route").contains(six + " dev " + veth));
    assertEquals("1", Host.sysctl(host.name, "ipv4/conf/" + veth + "/proxy_arp"));
    assertEquals("1", Host.sysctl(host.name, "ipv4/conf/" + veth + "/route_localnet"));
    assertEquals("1", Host.sysctl(host.name, "ipv4/conf/" + veth + "/forwarding"));
    assertEquals("0", Host.sysctl(host.name, "ipv4/neigh/" + veth + "/proxy_delay"));
    assertEquals("1", Host.sysctl(host.name, "ipv6/conf/" + veth + "/proxy_ndp"));
    assertEquals("1", Host.sysctl(host.name, "ipv6/conf/" + veth + "/forwarding"));
    assertEquals("0", Host.sysctl(host.name, "ipv6/conf/" + veth + "/accept_ra"));
    assertEquals("0", Host.sysctl(c, "ipv4/ip_forward"));
    assertEquals("0", Host.sysctl(c, "ipv6/conf/eth0/accept_dad"));
  }

  @Test
  void aWireHasTheQueuesThatWereAskedFor() {
    String one = host.container();
    ok(host.call("ADD", one, "", FOUR));
    String link = Host.ip(one, "-d link show eth0");
    assertTrue(link.contains("numtxqueues 1 numrxqueues 1"), link);
    String three = host.container();
    ok(host.call("ADD", three, "", FOUR.replace("'ipam'", "'num_queues':3,'ipam'")));
    for (String end :
        List.of(
            Host.ip(three, "-d link show eth0"),
            Host.ip(host.name, "-d link show " + hostInterface(three)))) {
      assertTrue(end.contains("numtxqueues 3 numrxqueues 3"), end);
    }
  }

  @Test
  void addWritesEndpointProfileAndAllocation() {
    String c = host.container();
    ok(host.call("ADD", c, "", BOTH));
    Resource<WorkloadEndpointSpec> r = host.resource(c);
    assertEquals(
        Map.of(
            "app", "web",
            "projectcalico.org/namespace", "default",
            "projectcalico.org/orchestrator", "cni"),
        r.metadata().labels());
    WorkloadEndpointSpec spec = r.spec();
    assertEquals("cni", spec.orchestrator());
    assertEquals("node1", spec.node());
    assertEquals(Host.id(c), spec.containerID());
    assertEquals("eth0", spec.endpoint());
    assertEquals(List.of("net1"), spec.profiles());
    assertEquals(hostInterface(c), spec.interfaceName());
    ProfileSpec profile =
        host.datastore.get(ResourceKey.of(Kinds.PROFILE, "net1")).orElseThrow().value().spec();
    assertEquals(Map.of("net1", ""), profile.labelsToApply());
    assertEquals("Allow", Objects.requireNonNull(profile.egress()).getFirst().action());
    assertEquals(
        "has(net1)",
        Objects.requireNonNull(Objects.requireNonNull(profile.ingress()).getFirst().source())
            .selector());
    assertTrue(host.datastore.get(new IpamKey.Handle("net1." + Host.id(c))).isPresent());
    assertEquals(List.of(r.kind() + "(default/" + r.metadata().name() + ") PT7S"), host.awaited);
  }

  @Test
  void packetsGetThroughInBothFamilies() {
    String c = host.container();
    ok(host.call("ADD", c, "", BOTH));
    Host.ip(host.name, "link set lo up");
    Host.ip(host.name, "addr add 10.99.0.1/32 dev lo");
    Host.ip(host.name, "addr add fd99::1/128 dev lo nodad");
    for (String network : Objects.requireNonNull(host.endpoint(c).ipNetworks())) {
      String ip = network.substring(0, network.indexOf('/'));
      String from = ip.contains(":") ? "fd99::1" : "10.99.0.1";
      String out = Host.exec(host.name, "ping", "-c1", "-W5", "-I", from, ip);
      assertTrue(out.contains(" 0% packet loss"), out);
    }
  }

  @Test
  void delRemovesEverything() {
    String c = host.container();
    ok(host.call("ADD", c, "", BOTH));
    assertEquals("", ok(host.call("DEL", c, "", BOTH)).stdout());
    assertFalse(Host.ip(host.name, "link").contains("cali"));
    assertFalse(Host.ip(c, "link").contains("eth0"));
    assertFalse(host.hasEndpoint(c));
    assertTrue(nothingAssigned());
    ok(host.call("DEL", c, "", BOTH));
  }

  @Test
  void anAddressIsReleasedWhenNothingIsSentToItAnyMore() {
    String c = host.container();
    ok(host.call("ADD", c, "", FOUR));
    List<String> seen = new CopyOnWriteArrayList<>();
    host.mortal.beforeUpdate =
        key -> {
          if (key instanceof IpamKey.Block) {
            seen.add("endpoint=" + host.hasEndpoint(c) + " " + Host.ip(host.name, "route"));
          }
        };
    ok(host.call("DEL", c, "", FOUR));
    assertEquals(List.of("endpoint=false "), seen);
  }

  @Test
  void delWorksWhenTheNamespaceHasGone() {
    String c = host.container();
    ok(host.call("ADD", c, "", FOUR));
    host.removeContainer(c);
    ok(host.call("DEL", c, "", FOUR));
    assertFalse(host.hasEndpoint(c));
    assertTrue(nothingAssigned());
    assertFalse(Host.ip(host.name, "link").contains("cali"));
  }

  @Test
  void theDataplaneIsToldBeforeTheDatastore() {
    String c = host.container();
    ok(host.call("ADD", c, "", BOTH));
    ok(host.call("ADD", c, "", BOTH));
    assertEquals(2, host.announced.size());
    for (Resource<WorkloadEndpointSpec> announced : host.announced) {
      assertEquals(host.endpoint(c), announced.spec());
      assertEquals(host.resource(c).metadata().labels(), announced.metadata().labels());
    }
    assertEquals(List.of(), host.withdrawn);
  }

  @Test
  void addTwiceChangesNothing() {
    String c = host.container();
    CniExchange.Answer first = ok(host.call("ADD", c, "", FOUR));
    assertEquals(first, ok(host.call("ADD", c, "", FOUR)));
    assertEquals(1, host.ipam.ipsByHandle("net1." + Host.id(c)).size());
  }

  @Test
  void addRepairsALostInterface() {
    String c = host.container();
    ok(host.call("ADD", c, "", FOUR));
    List<String> before = Objects.requireNonNull(host.endpoint(c).ipNetworks());
    Host.ip(c, "link del eth0");
    assertError(999, "not attached", host.call("CHECK", c, "", FOUR));
    ok(host.call("ADD", c, "", FOUR));
    ok(host.call("CHECK", c, "", FOUR));
    assertEquals(before, host.endpoint(c).ipNetworks());
    assertEquals(
        host.endpoint(c).mac(),
        Host.ip(c, "link show eth0").replaceAll("(?s).*ether (\\S+).*", "$1"));
  }

  @Test
  void aPodIsServedByItsName() {
    String args = "IgnoreUnknown=1;K8S_POD_NAME=web-0;K8S_POD_NAMESPACE=shop";
    String conf = FOUR.replace("'ipam'", "'policy':{'type':'k8s'},'ipam'");
    String c1 = host.container();
    ok(host.call("ADD", c1, args, conf));
    ResourceKey<WorkloadEndpointSpec> key =
        ResourceKey.of(Kinds.WORKLOAD_ENDPOINT, "shop", "node1-k8s-web--0-eth0");
    WorkloadEndpointSpec first = host.datastore.get(key).orElseThrow().value().spec();
    assertEquals(List.of("kns.shop", "ksa.shop.default"), first.profiles());
    assertEquals("web-0", first.pod());

    // A new sandbox of the pod comes before the old one is deleted.
    String c2 = host.container();
    ok(host.call("ADD", c2, args, conf));
    WorkloadEndpointSpec second = host.datastore.get(key).orElseThrow().value().spec();
    assertNotEquals(first.ipNetworks(), second.ipNetworks());
    ok(host.call("DEL", c1, args, conf));
    assertEquals(Host.id(c2), host.datastore.get(key).orElseThrow().value().spec().containerID());
    ok(host.call("CHECK", c2, args, conf));
    assertEquals(List.of(), host.ipam.ipsByHandle("net1." + Host.id(c1)));
    ok(host.call("DEL", c2, args, conf));
    assertTrue(host.datastore.get(key).isEmpty());
    assertTrue(nothingAssigned());
  }

  @Test
  void aRequestedAddressIsUsedOnce() {
    String c = host.container();
    ok(host.call("ADD", c, "IP=10.77.0.9", FOUR));
    assertEquals(List.of("10.77.0.9/32"), host.endpoint(c).ipNetworks());
    String other = host.container();
    assertError(999, "already assigned", host.call("ADD", other, "IP=10.77.0.9", FOUR));
    assertFalse(host.hasEndpoint(other));
    ok(host.call("CHECK", c, "", FOUR));
  }

  @Test
  void aFailedAddGivesItsAddressesBack() {
    CniExchange.Answer answer =
        CniClient.call(
            "calico",
            withNetns(host.variables("ADD", "none", ""), "/run/netns/there-is-none"),
            FOUR.replace('\'', '"'));
    assertError(999, "/run/netns/there-is-none", answer);
    assertTrue(nothingAssigned());
    assertFalse(host.hasEndpoint("none"));
  }

  private static Map<String, String> withNetns(Map<String, String> variables, String netns) {
    variables.put("CNI_NETNS", netns);
    return variables;
  }

  @Test
  void aRouteOfAnotherInterfaceIsNotTaken() {
    String c = host.container();
    Host.ip(host.name, "link add other type veth peer name other1");
    Host.ip(host.name, "link set other1 up");
    Host.ip(host.name, "link set other up");
    Host.ip(host.name, "route add 10.77.0.9/32 dev other scope link");
    assertError(999, "other", host.call("ADD", c, "IP=10.77.0.9", FOUR));
    assertFalse(Host.ip(host.name, "link").contains("cali"));
    assertTrue(nothingAssigned());
  }

  @Test
  void exhaustionNamesThePool() {
    host.pool("tiny", "10.78.0.0/30", 30);
    String conf = FOUR.replace("'calico-ipam'", "'calico-ipam','ipv4_pools':['tiny']");
    for (int i = 0; i < 4; i++) {
      ok(host.call("ADD", host.container(), "", conf));
    }
    assertError(999, "tiny (10.78.0.0/30)", host.call("ADD", host.container(), "", conf));
    assertError(
        7, "ipam.ipv4_pools", host.call("ADD", host.container(), "", conf.replace("tiny", "nix")));
  }

  @Test
  void waitsForNothingWithoutTheReadyFlag() {
    host.ready(false);
    String c = host.container();
    CniExchange.Answer answer = host.call("ADD", c, "", FOUR);
    for (int i = 0; i < 100 && answer.status() == 0; i++) {
      answer = host.call("ADD", c, "", FOUR); // the watch has not told yet
    }
    assertError(11, "datastoreReady", answer);
    assertError(11, "datastoreReady", host.call("DEL", c, "", FOUR));
    assertError(50, "datastoreReady", host.call("STATUS", c, "", FOUR));
    host.ready(true);
    ok(host.call("STATUS", c, "", FOUR));
  }

  @Test
  void anUnavailableDatastoreMeansTryAgain() {
    host.datastore.setUnavailable(true);
    assertError(11, "datastore not available", host.call("ADD", host.container(), "", FOUR));
    assertFalse(Host.ip(host.name, "link").contains("cali"));
  }

  @Test
  void aSlowDataplaneIsOnlyAWarning() {
    host.readiness = () -> EndpointReadiness.Result.TIMED_OUT;
    ok(host.call("ADD", host.container(), "", FOUR));
  }

  @Test
  void gcDetachesWhatTheRuntimeForgot() {
    String kept = host.container();
    String lost = host.container();
    String other = host.container();
    List.of(kept, lost).forEach(c -> ok(host.call("ADD", c, "", FOUR)));
    ok(host.call("ADD", other, "", FOUR.replace("net1", "net1.other")));
    String conf =
        FOUR.replace(
            "'ipam'",
            "'cni.dev/valid-attachments':[{'containerID':'%s','ifname':'eth0'}],'ipam'"
                .formatted(Host.id(kept)));
    Resource<WorkloadEndpointSpec> nameless =
        host.resource(lost).withMetadata(Metadata.named("default", "a"));
    host.datastore.put(ResourceKey.of(nameless), nameless, null);
    ok(host.call("GC", kept, "", conf));
    assertTrue(host.hasEndpoint(kept));
    assertFalse(host.hasEndpoint(lost));
    assertTrue(host.datastore.get(ResourceKey.of(nameless)).isPresent());
    assertEquals(List.of(), host.ipam.ipsByHandle("net1." + Host.id(lost)));
    assertEquals(1, host.ipam.ipsByHandle("net1.other." + Host.id(other)).size());
  }

  @Test
  void versionListsAll() {
    assertTrue(ok(host.call("VERSION", "x", "", "{}")).stdout().contains("\"1.1.0\"]"));
  }

  @Test
  void calicoIpamAloneAssignsAndReleases() {
    String c = host.container();
    CniExchange.Answer answer =
        ok(CniClient.call("calico-ipam", host.variables("ADD", c, ""), BOTH.replace('\'', '"')));
    List<?> ips = (List<?>) Host.tree(answer).get("ips");
    assertEquals(2, Objects.requireNonNull(ips).size());
    assertTrue(answer.stdout().contains("\"routes\""), answer::stdout);
    assertFalse(host.hasEndpoint(c));
    ok(CniClient.call("calico-ipam", host.variables("CHECK", c, ""), BOTH.replace('\'', '"')));
    ok(CniClient.call("calico-ipam", host.variables("DEL", c, ""), BOTH.replace('\'', '"')));
    assertTrue(nothingAssigned());
    assertError(
        999,
        "net1." + Host.id(c),
        CniClient.call("calico-ipam", host.variables("CHECK", c, ""), BOTH.replace('\'', '"')));
  }

  @Test
  void manyAtOnce() throws Exception {
    List<String> containers = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      containers.add(host.container());
    }
    List<Callable<CniExchange.Answer>> adds = new ArrayList<>();
    containers.forEach(c -> adds.add(() -> host.call("ADD", c, "", BOTH)));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<CniExchange.Answer> f : threads.invokeAll(adds)) {
        ok(f.get());
      }
    }
    List<String> all = new ArrayList<>();
    containers.forEach(c -> all.addAll(Objects.requireNonNull(host.endpoint(c).ipNetworks())));
    assertEquals(24, new HashSet<>(all).size());
  }

  @Test
  void theSocketIsTheOwnersAlone() throws IOException {
    assertEquals(
        "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(host.socket)));
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                CniService.start(
                    host.socket,
                    CniSettings.of("node1"),
                    host.datastore,
                    host.ipam,
                    (_, _) -> EndpointReadiness.Result.READY,
                    CallObserver.NONE,
                    Clock.systemUTC()));
    assertTrue(String.valueOf(e.getMessage()).contains("already"), e::toString);
  }

  @Test
  void withoutTheDaemonTheErrorTellsWhatToDo() throws IOException {
    host.close();
    assertError(11, host.socket.toString(), host.call("ADD", "x", "", FOUR));
  }

  @Test
  void aSocketOfADeadDaemonIsReplaced() throws IOException {
    Path socket = directory.resolve("dead.sock");
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(socket))
        .close();
    assertTrue(Files.exists(socket));
    CniService.start(
            socket,
            CniSettings.of("node1"),
            host.datastore,
            host.ipam,
            (_, _) -> EndpointReadiness.Result.READY,
            CallObserver.NONE,
            Clock.systemUTC())
        .close();
    assertFalse(Files.exists(socket));
  }

  @Test
  void aCallThatWaitsEndsWithTheDaemon() throws Exception {
    CountDownLatch waiting = new CountDownLatch(1);
    host.readiness =
        () -> {
          waiting.countDown();
          new CountDownLatch(1).await();
          return EndpointReadiness.Result.READY;
        };
    String c = host.container();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<CniExchange.Answer> call = threads.submit(() -> host.call("ADD", c, "", FOUR));
      waiting.await();
      host.stopService();
      assertError(11, "does not answer", call.get());
    }
    assertFalse(host.hasEndpoint(c));
    assertTrue(nothingAssigned());
  }
}
