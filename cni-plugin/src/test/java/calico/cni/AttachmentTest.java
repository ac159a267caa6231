package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AttachmentTest {
  private static Attachment attachment(String args, String more) {
    return attachment(args, more, "c1d000007abcdef");
  }

  private static Attachment attachment(String args, String more, String container) {
    CniRequest request =
        CniRequest.of(
            new CniExchange.Call(
                "calico",
                Map.of(
                    "CNI_COMMAND", "ADD",
                    "CNI_CONTAINERID", container,
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
        "WorkloadEndpoint(default/node--1-cni-c1d000007abcdef-eth0)", a.endpoint().toString());
    assertEquals("calic1d000007ab", a.hostInterface("other"));
    assertEquals("k8s-pod-network.c1d000007abcdef", a.handle());
    assertEquals(Map.of("node", "node-1", "timestamp", "t"), a.ipamAttributes("t"));
  }

  @Test
  void containersWhoseIdsBeginAlikeHaveInterfacesOfTheirOwn() {
    String one = attachment("", "", "default-web1").hostInterface("cali");
    String two = attachment("", "", "default-web2").hostInterface("cali");
    assertNotEquals(one, two);
    assertEquals(15, one.length());
    assertEquals("calidefault-1", attachment("", "", "default-1").hostInterface("cali"));
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
    assertEquals("WorkloadEndpoint(team/n2-cni-c1d000007abcdef-eth0)", a.endpoint().toString());
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
