package calico.confd;

import static calico.confd.BirdCluster.SOON;
import static calico.confd.BirdCluster.awaitEstablished;
import static calico.confd.BirdCluster.established;
import static calico.confd.Resources.node;
import static calico.confd.Resources.resource;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.etcd.EtcdDatastore;
import calico.datastore.etcd.EtcdKeys;
import calico.datastore.etcd.ManagedEtcd;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Resources that make no sense, in a real etcd, where they got past all checks: each is named with
 * its field in the file of problems and in the status, of which the metric is made, and the
 * sessions of the mesh do not notice.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BadInputTest {
  /** By resource, what is said of it. */
  private static final Map<String, String> EXPECTED =
      new TreeMap<>(
          Map.of(
              "BGPPeer(contradicts)",
              "doubtful: BGPPeer(contradicts): spec.peerIP = '10.99.0.77': BGPPeer(contradicted)"
                  + " leads there too and comes first",
              "BGPPeer(as)",
              "refused: BGPPeer(as): spec.asNumber = '4294967296': ",
              "BGPFilter(lengths)",
              "refused: BGPFilter(lengths): spec.importV4[0].prefixLength: ",
              "BGPPeer(vain)",
              "doubtful: BGPPeer(vain): spec.nodeSelector = 'rack == 'none'': selects no node",
              "BGPPeer(vain-too)",
              "doubtful: BGPPeer(vain-too): spec.peerSelector = 'rack == 'none'': selects no node",
              "BGPPeer(secret)",
              "refused: BGPPeer(secret): spec.password.secretKeyRef = 'none/key': "));

  @TempDir Path directory;

  private BirdCluster cluster;
  private ManagedEtcd etcd;
  private EtcdDatastore datastore;

  @BeforeEach
  void start() throws Exception {
    cluster = new BirdCluster(2, directory);
    cluster.addNodes(2);
    etcd =
        ManagedEtcd.start(
            ManagedEtcd.Settings.DEFAULT.withDataDir(directory.resolve("etcd")).withClientPort(0));
    datastore = EtcdDatastore.forDaemon(etcd.config());
    put(resource("ClusterInformation", "default", "{datastoreReady: true}"));
    put(node("n1", "10.99.0.1/24", "fd99::1/64"));
    put(node("n2", "10.99.0.2/24", "fd99::2/64"));
  }

  @AfterEach
  void cleanUp() throws Exception {
    cluster.close();
    datastore.close();
    etcd.close();
  }

  @SuppressWarnings("unchecked") // the key is made from the resource
  private <S> void put(Resource<?> resource) {
    Resource<S> same = (Resource<S>) resource;
    datastore.put(ResourceKey.of(same), same, null);
  }

  private void putRaw(ResourceKey<?> key, String json) throws Exception {
    String body =
        "{\"key\":\"%s\",\"value\":\"%s\"}".formatted(base64(EtcdKeys.path(key)), base64(json));
    URI put = URI.create(etcd.config().endpoints().getFirst() + "/v3/kv/put");
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(put).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
              HttpResponse.BodyHandlers.ofString());
      assertEquals(200, answer.statusCode(), answer.body());
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private void writeNonsense() throws Exception {
    put(resource("BGPPeer", "contradicted", "{peerIP: 10.99.0.77, asNumber: 64700}"));
    put(resource("BGPPeer", "contradicts", "{peerIP: 10.99.0.77, asNumber: 64701}"));
    putRaw(
        ResourceKey.of(Kinds.BGP_PEER, "as"),
        """
        {"apiVersion": "projectcalico.org/v3", "kind": "BGPPeer", "metadata": {"name": "as"},
         "spec": {"peerIP": "10.99.0.78", "asNumber": 4294967296}}
        """);
    put(
        resource(
            "BGPFilter",
            "lengths",
            """
            {importV4: [
              {cidr: 10.65.9.0/24, matchOperator: In, prefixLength: {max: 8}, action: Reject}]}
            """));
    put(
        resource(
            "BGPPeer", "filtered", "{peerIP: 10.99.0.79, asNumber: 64700, filters: [lengths]}"));
    put(
        resource(
            "BGPPeer",
            "vain",
            "{nodeSelector: rack == 'none', peerIP: 10.99.0.80, asNumber: 64700}"));
    put(resource("BGPPeer", "vain-too", "{peerSelector: rack == 'none'}"));
    put(
        resource(
            "BGPPeer",
            "secret",
            "{peerIP: 10.99.0.81, asNumber: 64700, password: {secretKeyRef: {name: none, key: key}}}"));
  }

  @Test
  void eachIsNamedAndTheOtherPeersGoOn() throws Exception {
    Bird bird = cluster.bird(1);
    cluster.confd(2, cluster.bird(2));
    ProblemsFile problems = new ProblemsFile(directory.resolve("problems"));
    ConfdConfig config = cluster.withFiles(1, null, Optional::empty);
    try (Confd confd = new Confd(config, datastore, bird, problems::write)) {
      confd.start();
      awaitEstablished(bird, 2);
      List<BgpSession> before = up(bird);

      writeNonsense();
      Await.until(
          "all of " + EXPECTED.keySet(),
          SOON,
          () -> {
            List<String> told = problems.read();
            return EXPECTED.values().stream().allMatch(line -> startsOneOf(told, line));
          });
      assertEquals(EXPECTED.size(), problems.read().size(), problems.read().toString());
      EXPECTED.forEach(
          (resource, line) -> {
            assertTrue(
                confd.status().faults().stream()
                    .anyMatch(
                        fault ->
                            fault.resource().toString().equals(resource)
                                && line.startsWith(fault.verdict())),
                resource);
          });
      assertTrue(confd.status().healthy(), confd.status().toString());
      assertEquals(2, established(bird));
      assertEquals(before, up(bird), "sessions started anew");
      List<String> peers = bird.control().sessions().stream().map(BgpSession::address).toList();
      assertTrue(peers.containsAll(List.of("10.99.0.77", "10.99.0.79")), peers.toString());
    }
  }

  private static boolean startsOneOf(List<String> lines, String start) {
    return lines.stream().anyMatch(line -> line.startsWith(start));
  }

  private static List<BgpSession> up(Bird bird) throws BgpDaemonException {
    return bird.control().sessions().stream().filter(BgpSession::isEstablished).toList();
  }
}
