package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.WorkloadEndpointSpec;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pods whose labels, ports and annotations an API server has. */
class KubernetesTest extends OnHost {
  private static final String ARGS = "IgnoreUnknown=1;K8S_POD_NAME=web-0;K8S_POD_NAMESPACE=shop";

  private HttpServer server;
  private final Map<String, String> objects = new ConcurrentHashMap<>();
  private final AtomicInteger gates = new AtomicInteger();

  @BeforeEach
  void start() throws IOException {
    host.pool("second", "10.79.0.0/24", 26);
    server = serve();
    namespace("{}");
    pod("{}");
    Files.writeString(
        directory.resolve("kubeconfig"),
        """
        apiVersion: v1
        kind: Config
        clusters:
        - {name: c, cluster: {server: "http://127.0.0.1:%d"}}
        users:
        - {name: u, user: {token: s3}}
        contexts:
        - {name: x, context: {cluster: c, user: u}}
        current-context: x
        """
            .formatted(server.getAddress().getPort()));
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private HttpServer serve() throws IOException {
    HttpServer created =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    created.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          String object = objects.get(path);
          boolean known =
              path.equals("/gate")
                  || "Bearer s3".equals(exchange.getRequestHeaders().getFirst("Authorization"));
          int status = !known ? 401 : object == null ? 404 : 200;
          if (path.equals("/gate")) {
            status = gates.getAndIncrement() == 0 ? 503 : 200;
          }
          byte[] body = Objects.requireNonNullElse(object, "{}").getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    created.start();
    return created;
  }

  private void namespace(String annotations) {
    objects.put(
        "/api/v1/namespaces/shop",
        "{'metadata':{'name':'shop','annotations':".replace('\'', '"') + annotations + "}}");
  }

  private void pod(String annotations) {
    objects.put(
        "/api/v1/namespaces/shop/pods/web-0",
        ("{'metadata':{'name':'web-0','labels':{'app':'web'},'annotations':".replace('\'', '"')
                + annotations)
            + """
              },"spec":{"serviceAccountName":"cook","containers":[
                {"ports":[{"name":"http","containerPort":80,"protocol":"TCP"},{"containerPort":81},
                          {"hostPort":5353,"containerPort":53,"protocol":"UDP"}]}]}}
              """);
  }

  private String conf(String more) {
    return "{'cniVersion':'1.0.0','name':'net1','policy':{'type':'k8s'},'kubernetes':{'kubeconfig':'"
        + directory
        + "/kubeconfig'},'ipam':{'type':'calico-ipam'}"
        + more
        + "}";
  }

  private Resource<WorkloadEndpointSpec> endpoint() {
    return host.datastore
        .get(ResourceKey.of(Kinds.WORKLOAD_ENDPOINT, "shop", "node1-k8s-web--0-eth0"))
        .orElseThrow()
        .value();
  }

  private WorkloadEndpointSpec add(String container, String conf) {
    CniExchange.Answer answer = host.call("ADD", container, ARGS, conf);
    assertEquals(0, answer.status(), answer::stdout);
    return endpoint().spec();
  }

  private static String annotation(String name, String value) {
    return "{\"cni.projectcalico.org/" + name + "\":\"" + value.replace("\"", "\\\"") + "\"}";
  }

  @Test
  void theEndpointTakesOverWhatThePodIs() {
    WorkloadEndpointSpec spec = add(host.container(), conf(""));
    assertEquals(
        Map.of(
            "app", "web",
            "projectcalico.org/namespace", "shop",
            "projectcalico.org/orchestrator", "k8s",
            "projectcalico.org/serviceaccount", "cook"),
        endpoint().metadata().labels());
    assertEquals(List.of("kns.shop", "ksa.shop.cook"), spec.profiles());
    assertEquals("cook", spec.serviceAccountName());
    assertEquals(
        List.of("http TCP 80 0", " UDP 53 5353"),
        Objects.requireNonNull(spec.ports()).stream()
            .map(p -> p.name() + " " + p.protocol().name() + " " + p.port() + " " + p.hostPort())
            .toList());
    assertNull(spec.allowSpoofedSourcePrefixes());
  }

  @Test
  void thePodsPoolsPrecedeItsNamespaces() {
    namespace(annotation("ipv4pools", "[\"second\"]"));
    String first = host.container();
    assertTrue(network(add(first, conf(""))).startsWith("10.79.0."));
    pod(annotation("ipv4pools", "[\"10.77.0.0/24\"]"));
    assertTrue(network(add(host.container(), conf(""))).startsWith("10.77.0."));
  }

  @Test
  void aPoolIsChosenByTheLabelsOfTheNamespace() {
    host.pool("four", "10.77.0.0/24", 26, "team == 'kitchen'");
    host.pool("second", "10.79.0.0/24", 26, "team == 'bar'");
    objects.put(
        "/api/v1/namespaces/shop",
        "{\"metadata\":{\"name\":\"shop\",\"labels\":{\"team\":\"bar\"}}}");
    String c = host.container();
    assertTrue(network(add(c, conf(""))).startsWith("10.79.0."));
    assertEquals(0, host.call("DEL", c, ARGS, conf("")).status());
    objects.put("/api/v1/namespaces/shop", "{\"metadata\":{\"labels\":{\"team\":\"kitchen\"}}}");
    assertTrue(network(add(host.container(), conf(""))).startsWith("10.77.0."));
    objects.put("/api/v1/namespaces/shop", "{\"metadata\":{\"labels\":{\"team\":\"cellar\"}}}");
    String nowhere = host.call("ADD", host.container(), ARGS, conf("")).stdout();
    assertTrue(nowhere.contains("namespaceSelector"), nowhere);
  }

  @Test
  void soItIsWhenAnotherPluginAsksForAnAddress() {
    host.pool("four", "10.77.0.0/24", 26, "team == 'bar'");
    host.pool("second", "10.79.0.0/24", 26, "team == 'kitchen'");
    objects.put("/api/v1/namespaces/shop", "{\"metadata\":{\"labels\":{\"team\":\"kitchen\"}}}");
    String c = host.container();
    CniExchange.Answer answer =
        CniClient.call("calico-ipam", host.variables("ADD", c, ARGS), conf("").replace('\'', '"'));
    assertTrue(answer.stdout().contains("\"10.79.0."), answer::stdout);
  }

  private static String network(WorkloadEndpointSpec spec) {
    return Objects.requireNonNull(spec.ipNetworks()).getFirst();
  }

  @Test
  void thePodChoosesItsFamilies() {
    pod(annotation("ipFamilies", "[\"IPv6\"]"));
    WorkloadEndpointSpec spec = add(host.container(), conf(""));
    assertEquals(1, Objects.requireNonNull(spec.ipNetworks()).size());
    assertTrue(network(spec).startsWith("fd77::"), spec::toString);
  }

  @Test
  void aFixedAddressMovesToThePodsNextContainer() {
    pod(annotation("ipAddrs", "[\"10.77.0.9\",\"fd77::9\"]"));
    String old = host.container();
    assertEquals(List.of("10.77.0.9/32", "fd77::9/128"), add(old, conf("")).ipNetworks());
    String next = host.container();
    assertEquals(List.of("10.77.0.9/32", "fd77::9/128"), add(next, conf("")).ipNetworks());
    host.call("DEL", old, ARGS, conf(""));
    assertEquals(2, host.ipam.ipsByHandle("net1." + Host.id(next)).size());
    assertEquals(0, host.call("CHECK", next, ARGS, conf("")).status());
  }

  @Test
  void addressesOfNoPoolNeedTheFeature() {
    pod(annotation("ipAddrsNoIpam", "[\"192.0.2.7\"]"));
    String c = host.container();
    String refused = host.call("ADD", c, ARGS, conf("")).stdout();
    assertTrue(refused.contains("ip_addrs_no_ipam"), refused);
    String enabled = conf(",'feature_control':{'ip_addrs_no_ipam':true}");
    assertEquals(List.of("192.0.2.7/32"), add(c, enabled).ipNetworks());
    assertEquals(List.of(), host.ipam.ipsByHandle("net1." + Host.id(c)));
  }

  @Test
  void macSourcesFloatingAddressesAndLimitsAreThePods() {
    pod(
        """
        {"qos.projectcalico.org/egressPacketRate": "100",
         "cni.projectcalico.org/hwAddr": "02:00:00:00:0a:0b",
         "cni.projectcalico.org/allowedSourcePrefixes": "[\\"192.0.2.5/24\\"]",
         "cni.projectcalico.org/floatingIPs": "[\\"198.51.100.1\\"]"}
        """);
    String c = host.container();
    WorkloadEndpointSpec spec = add(c, conf(",'feature_control':{'floating_ips':true}"));
    assertEquals("02:00:00:00:0a:0b", spec.mac());
    assertTrue(Host.ip(c, "link show eth0").contains("02:00:00:00:0a:0b"));
    assertEquals(List.of("192.0.2.0/24"), spec.allowSpoofedSourcePrefixes());
    assertEquals(100, Objects.requireNonNull(spec.qosControls()).egressPacketRate());
    WorkloadEndpointSpec.IpNat nat = Objects.requireNonNull(spec.ipNATs()).getFirst();
    assertEquals("198.51.100.1", nat.externalIP());
    assertEquals(network(spec), nat.internalIP() + "/32");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ipAddrs|[\"10.77.0.1\",\"10.77.0.2\"]|more than one",
        "ipAddrs|[]|names no address",
        "ipAddrs|10.77.0.1|JSON list",
        "ipv4pools|[1]|JSON list of strings",
        "ipFamilies|[\"IPv5\"]|IPv4 or IPv6",
        "hwAddr|02:00|MAC",
        "allowedSourcePrefixes|[\"x\"]|CIDR",
        "floatingIPs|[\"198.51.100.1\"]|floating_ips"
      })
  void anErrorNamesTheAnnotation(String name, String value, String part) {
    pod(annotation(name, value));
    String c = host.container();
    CniExchange.Answer answer = host.call("ADD", c, ARGS, conf(""));
    assertEquals(1, answer.status());
    assertTrue(answer.stdout().contains("cni.projectcalico.org/" + name), answer::stdout);
    assertTrue(answer.stdout().contains(part), answer::stdout);
    assertEquals(List.of(), host.ipam.ipsByHandle("net1." + Host.id(c)));
  }

  @Test
  void hostLocalGetsTheNodesPrefixes() throws IOException {
    objects.put("/api/v1/nodes/n1", "{\"spec\":{\"podCIDRs\":[\"10.80.1.0/24\",\"fd80::/80\"]}}");
    Path plugin = directory.resolve("host-local");
    Files.writeString(
        plugin,
        """
        #!/bin/sh
        echo "$CNI_COMMAND $(cat)" >> %s/log
        echo '{"cniVersion":"1.0.0","ips":[{"address":"10.80.1.5/24"}]}'
        """
            .formatted(directory));
    Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwx------"));
    String conf =
        conf("")
            .replace(
                "'kubernetes':{", "'include_default_routes':true,'kubernetes':{'node_name':'n1',")
            .replace(
                "'calico-ipam'",
                "'host-local','ranges':[[{'subnet':'usePodCidr'}],[{'subnet':'usePodCidrIPv6'}]],"
                    + "'routes':[{'dst':'198.51.100.0/24'}]");
    String c = host.container();
    assertEquals(List.of("10.80.1.5/32"), add(c, conf).ipNetworks());
    String routes = Host.ip(c, "route");
    assertTrue(routes.contains("198.51.100.0/24 via 169.254.1.1"), routes);
    assertTrue(routes.contains("default via 169.254.1.1"), routes);
    assertEquals(0, host.call("DEL", c, ARGS, conf).status());
    List<String> log = Files.readAllLines(directory.resolve("log"));
    assertTrue(
        log.getFirst().contains("[[{\"subnet\":\"10.80.1.0/24\"}],[{\"subnet\":\"fd80::/80\"}]]"));
    assertTrue(log.getLast().startsWith("DEL ") && log.getLast().contains("0.0.0.0/0"));
  }

  @Test
  void aPodThatTheServerDoesNotKnowIsNotAttached() {
    objects.remove("/api/v1/namespaces/shop/pods/web-0");
    String c = host.container();
    CniExchange.Answer answer = host.call("ADD", c, ARGS, conf(""));
    assertTrue(answer.stdout().contains("pods/web-0: 404"), answer::stdout);
    assertTrue(host.ipam.ipsByHandle("net1." + Host.id(c)).isEmpty());
  }

  @Test
  void theTestAsksTheServerToo() {
    assertTrue(host.call("TEST", "x", "", conf("")).stdout().contains("\"code\":100"));
    objects.put("/version", "{}");
    assertEquals(0, host.call("TEST", "x", "", conf("")).status());
    host.ready(false);
    assertNotEquals(0, host.call("TEST", "x", "", conf("")).status());
  }

  @Test
  void aGateThatIsClosedIsWaitedFor() {
    String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/gate";
    add(host.container(), conf(",'readiness_gates':['" + url + "']"));
    assertEquals(2, gates.get());
    CniExchange.Answer wrong =
        host.call("ADD", host.container(), ARGS, conf(",'readiness_gates':['x y']"));
    assertTrue(wrong.stdout().contains("readiness_gates"), wrong::stdout);
  }
}
