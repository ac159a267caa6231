package calico.confd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class FrrDifferenceTest {
  private static final String BEFORE =
      """
      ! a comment
      log stdout informational
      ip prefix-list list-1 permit 10.0.0.0/8 le 32
      ip prefix-list list-1 permit 11.0.0.0/8 le 32
      route-map to-1 permit 10
       match ip address prefix-list list-1
      exit
      route-map to-1 deny 65535
      exit
      ip protocol bgp route-map k-1
      router bgp 64512
       bgp router-id 1.1.1.1
       neighbor 10.0.0.1 remote-as 1
       neighbor 10.0.0.1 passive
       neighbor 10.0.0.2 remote-as 1
       address-family ipv4 unicast
        network 10.1.0.0/26 route-map net-1
        neighbor 10.0.0.1 activate
        neighbor 10.0.0.1 route-map to-1 out
        neighbor 10.0.0.2 activate
        neighbor 10.0.0.2 next-hop-self force
        neighbor 10.0.0.2 route-map to-1 out
       exit-address-family
      exit
      route-map calico deny 1
       description a
      exit
      """;

  private static String after(String... replacements) {
    String after = BEFORE;
    for (int i = 0; i < replacements.length; i += 2) {
      String next = after.replace(replacements[i], replacements[i + 1]);
      if (next.equals(after)) {
        throw new AssertionError(replacements[i] + " is not in the text");
      }
      after = next;
    }
    return FrrDifference.between(BEFORE, after);
  }

  @Test
  void nothingChangesNothing() {
    assertEquals("", FrrDifference.between(BEFORE, BEFORE));
    assertEquals("", after("a comment", "another"));
  }

  @Test
  void whatRefersToADefinitionGoesOverToAnotherBeforeThatGoes() {
    assertEquals(
        """
        ip prefix-list list-2 permit 12.0.0.0/8 le 32
        ip prefix-list list-2 permit 11.0.0.0/8 le 32
        route-map to-2 permit 10
        match ip address prefix-list list-2
        exit
        route-map to-2 deny 65535
        exit
        router bgp 64512
        address-family ipv4 unicast
        neighbor 10.0.0.1 route-map to-2 out
        neighbor 10.0.0.2 route-map to-2 out
        exit-address-family
        exit
        no ip prefix-list list-1
        no route-map to-1
        route-map calico deny 1
        description b
        exit
        """,
        after(
            "list-1",
            "list-2",
            "permit 10.0.0.0",
            "permit 12.0.0.0",
            "to-1",
            "to-2",
            "description a",
            "description b"));
  }

  @Test
  void settingsAreReplacedAndOtherLinesTakenBack() {
    assertEquals(
        """
        ip protocol bgp route-map k-2
        router bgp 64512
        bgp router-id 2.2.2.2
        exit
        router bgp 64512
        address-family ipv4 unicast
        no neighbor 10.0.0.2 next-hop-self force
        network 10.1.0.0/26 route-map net-2
        exit-address-family
        exit
        """,
        after(
            "k-1",
            "k-2",
            "1.1.1.1",
            "2.2.2.2",
            "net-1",
            "net-2",
            "  neighbor 10.0.0.2 next-hop-self force\n",
            ""));
  }

  @Test
  void aSessionThatChangesIsMadeAnewWithItsFamily() {
    assertEquals(
        """
        router bgp 64512
        no neighbor 10.0.0.1
        neighbor 10.0.0.1 remote-as 1
        exit
        router bgp 64512
        address-family ipv4 unicast
        neighbor 10.0.0.1 activate
        neighbor 10.0.0.1 route-map to-1 out
        exit-address-family
        exit
        """,
        after(" neighbor 10.0.0.1 passive\n", ""));
  }

  @Test
  void aSessionThatIsNoMoreGoesAsAWhole() {
    assertEquals(
        """
        router bgp 64512
        no neighbor 10.0.0.1
        exit
        """,
        after(
            " neighbor 10.0.0.1 passive\n",
            "",
            " neighbor 10.0.0.1 remote-as 1\n",
            "",
            "  neighbor 10.0.0.1 activate\n",
            "",
            "  neighbor 10.0.0.1 route-map to-1 out\n",
            ""));
  }

  @Test
  void anotherAsNumberMakesAllAnew() {
    String difference = after("router bgp 64512", "router bgp 64513");
    assertEquals(
        BEFORE
            .substring(BEFORE.indexOf("router bgp"), BEFORE.indexOf("route-map calico"))
            .replace("64512", "64513")
            .replaceAll("(?m)^ +", "")
            .replace(
                "address-family ipv4 unicast",
                "exit\nrouter bgp 64513\naddress-family ipv4 unicast"),
        difference.replace("no router bgp 64512\n", ""));
  }
}
