package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AttachmentTest {
  private static Attachment attachment(String args, String more) {
    CniRequest request =
        CniRequest.of(
            new CniExchange.Call(
                "calico",
                Map.of(
                    "CNI_COMMAND", "ADD",
                    "CNI_CONTAINERID", "cid000007abcdef",
                    "CNI_NETNS", "/x",
                    "CNI_IFNAME", "eth0",
                    "CNI_ARGS", args),
                ""));
    Fields conf = Fields.parse("{\"name\":\"k8s-pod-network\"" + more + "}", "it");
    return Attachment.of(request, NetConf.parse(conf, Duration.ZERO), "node-1");
  }

  @Test
  void aContainerIsNamedByItsId() {
    Attachment a = attachment("", "");
    assertEquals(
        "WorkloadEndpoint(default/node--1-cni-cid000007abcdef-eth0)", a.endpoint().toString());
    assertEquals("calicid000007ab", a.hostInterface("other"));
    assertEquals("k8s-pod-network.cid000007abcdef", a.handle());
    assertEquals(Map.of("node", "node-1", "timestamp", "t"), a.ipamAttributes("t"));
  }

  @Test
  void aPodIsNamedByItself() {
    Attachment a = attachment("K8S_POD_NAME=web-0;K8S_POD_NAMESPACE=shop", "");
    assertEquals("WorkloadEndpoint(shop/node--1-k8s-web--0-eth0)", a.endpoint().toString());
    // First 11 of: printf shop.web-0 | sha1sum
    assertEquals("calia4fc3c48bd8", a.hostInterface("cali"));
    assertEquals(
        Map.of("node", "node-1", "timestamp", "t", "pod", "web-0", "namespace", "shop"),
        a.ipamAttributes("t"));
  }

  @Test
  void theConfigurationNamesNodeAndNamespace() {
    Attachment a =
        attachment(
            "",
            ",\"nodename\":\"n2\",\"args\":{\"calico\":{\"labels\":"
                + "{\"projectcalico.org/namespace\":\"team\"}}}");
    assertEquals("WorkloadEndpoint(team/n2-cni-cid000007abcdef-eth0)", a.endpoint().toString());
  }

  @Test
  void timesLookAsGoPrintsThem() {
    assertEquals(
        "2026-11-20 22:57:03.43644474 +0000 UTC",
        CalicoIpam.timestamp(Instant.parse("2026-11-20T22:57:03.436444740Z")));
    assertEquals(
        "2026-11-20 22:57:03 +0000 UTC",
        CalicoIpam.timestamp(Instant.parse("2026-11-20T22:57:03Z")));
  }
}
