package calico.netlink.tc;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.netlink.Encoded;
import calico.netlink.MalformedMessageException;
import calico.netlink.Message;
import calico.netlink.TestNetns;
import calico.netlink.route.Rtnetlink;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On the real kernel, checked against what {@code tc} prints. */
class TrafficControlTest {
  private static final int HANDLE = Qdisc.handle(0xca11);

  private final TestNetns ns = new TestNetns();
  private final Rtnetlink links = Rtnetlink.open(ns.netns());
  private final TrafficControl tc = TrafficControl.open(ns.netns());
  private int veth;

  @BeforeEach
  void makeVeth() {
    links.createVeth("cali0", null, 0, "eth0", null, null);
    veth = links.link("cali0").orElseThrow().index();
  }

  @AfterEach
  void close() {
    tc.close();
    links.close();
    ns.close();
  }

  private String show(String... what) {
    String[] command = new String[what.length + 1];
    command[0] = "tc";
    System.arraycopy(what, 0, command, 1, what.length);
    return ns.run(command);
  }

  private List<Qdisc> buckets() {
    return tc.qdiscs().stream().filter(q -> q.bucket() != null).toList();
  }

  @Test
  void aBucketIsReadBackAsItWasWritten() {
    List<TokenBucket> all =
        List.of(
            TokenBucket.of(125_000, 20_000, 0, 0, 1514),
            TokenBucket.of(125_000, 20_000, 250_000, 0, 1514),
            TokenBucket.of(125, 512L << 20, 0, 0, 1514),
            TokenBucket.of(5_000_000_000L, 512L << 20, 6_000_000_000L, 3000, 9014));
    for (TokenBucket bucket : all) {
      tc.setBucket(veth, HANDLE, bucket);
      assertEquals(List.of(new Qdisc(veth, HANDLE, Qdisc.ROOT, "tbf", bucket)), buckets());
    }
    tc.deleteBucket(veth, HANDLE);
    assertEquals(List.of(), buckets());
    tc.deleteBucket(veth, HANDLE);
  }

  @Test
  void tcShowsTheRateAndTheBurst() {
    tc.setBucket(veth, HANDLE, TokenBucket.of(125_000, 20_000, 250_000, 2_000, 1514));
    String shown = show("-d", "qdisc", "show", "dev", "cali0");
    assertTrue(shown.contains("qdisc tbf ca11: root"), shown);
    assertTrue(shown.contains("rate 1Mbit burst 2000"), shown);
    assertTrue(shown.contains("peakrate 2Mbit mtu 200"), shown);
  }

  @Test
  void anothersDisciplineIsNotDeleted() {
    show(
        "qdisc", "add", "dev", "cali0", "root", "tbf", "rate", "1mbit", "burst", "10k", "latency",
        "25ms");
    tc.deleteBucket(veth, HANDLE);
    assertEquals(1, buckets().size());
    tc.setBucket(veth, HANDLE, TokenBucket.of(125_000, 20_000, 0, 0, 1514));
    assertEquals(HANDLE, buckets().getFirst().handle());
  }

  @Test
  void whatComesInIsRedirected() {
    links.create("bwcali0", "ifb", 1500);
    int ifb = links.link("bwcali0").orElseThrow().index();
    assertEquals(List.of(), tc.redirects(veth));
    tc.redirect(veth, ifb);
    assertEquals(List.of(ifb), tc.redirects(veth));
    String shown = show("filter", "show", "dev", "cali0", "ingress");
    assertTrue(shown.contains("protocol all pref 1 u32"), shown);
    assertTrue(shown.contains("mirred (Egress Redirect to device bwcali0) stolen"), shown);
    tc.redirect(veth, ifb);
    assertEquals(List.of(ifb), tc.redirects(veth), "once");
    tc.endRedirect(veth, ifb);
    assertEquals(List.of(), tc.redirects(veth));
    assertFalse(show("qdisc", "show", "dev", "cali0").contains("ingress"));
    tc.endRedirect(veth, ifb);
  }

  @Test
  void noBytesOfTheKernelAreTrusted() {
    Message cut =
        Encoded.message(new TcRequest.SetBucket(1, HANDLE, new TokenBucket(1, 1, 1, 0, 0)));
    assertEquals("tbf", requireNonNull(TcReader.qdisc(cut)).kind());
    Random random = Encoded.random();
    for (TcRequest request :
        List.of(
            new TcRequest.SetBucket(1, HANDLE, TokenBucket.of(9_000_000_000L, 1, 0, 0, 1)),
            new TcRequest.Redirect(1, 2))) {
      byte[] bytes = Encoded.bytes(request);
      for (int i = 0; i < 2000; i++) {
        byte[] broken = bytes.clone();
        broken[20 + random.nextInt(broken.length - 20)] = (byte) random.nextInt();
        Message message = Message.at(broken, 0, broken.length);
        try {
          TcReader.qdisc(message);
          TcReader.filter(message);
        } catch (MalformedMessageException e) {
          assertNotNull(e.getMessage());
        }
      }
    }
  }

  @Test
  void anothersFilterStays() {
    links.create("bwcali0", "ifb", 1500);
    int ifb = links.link("bwcali0").orElseThrow().index();
    tc.redirect(veth, ifb);
    show(
        "filter",
        "add",
        "dev",
        "cali0",
        "ingress",
        "pref",
        "7",
        "protocol",
        "all",
        "u32",
        "match",
        "u32",
        "0",
        "0",
        "action",
        "mirred",
        "egress",
        "redirect",
        "dev",
        "eth0");
    tc.endRedirect(veth, ifb);
    assertEquals(List.of(links.link("eth0").orElseThrow().index()), tc.redirects(veth));
  }
}
