package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** What is decided about a wire besides its addresses: its MTU, and whether a container routes. */
class WireSettingsTest extends OnHost {
  private static final String CONF =
      "{'cniVersion':'1.1.0','name':'net1','ipam':{'type':'calico-ipam','assign_ipv6':true}}";

  private static String with(String more) {
    return CONF.replace("'ipam'", more + ",'ipam'");
  }

  private void writeMtu(String text) throws IOException {
    Files.writeString(directory.resolve("mtu"), text);
  }

  private void assertMtu(int mtu, String container, CniExchange.Answer answer) {
    assertTrue(ok(answer).stdout().contains("\"mtu\":" + mtu + ","), answer::stdout);
    String wire = String.valueOf(host.endpoint(container).interfaceName());
    for (String link :
        new String[] {
          Host.ip(container, "link show eth0"), Host.ip(host.name, "link show " + wire)
        }) {
      assertTrue(link.contains(" mtu " + mtu + " "), link);
    }
  }

  @Test
  void theNodesMtuCountsWhereTheConfigurationNamesNone() throws IOException {
    writeMtu("1410\n");
    String c = host.container();
    assertMtu(1410, c, host.call("ADD", c, "", CONF));
    String own = host.container();
    assertMtu(1380, own, host.call("ADD", own, "", with("'mtu':1380")));
  }

  @Test
  void withoutAnMtuTheKernelHasOne() {
    String c = host.container();
    ok(host.call("ADD", c, "", CONF));
    assertTrue(Host.ip(c, "link show eth0").contains(" mtu 1500 "));
  }

  @Test
  void anMtuThatIsRequiredIsWaitedFor() throws IOException {
    String conf = with("'require_mtu_file':true");
    String c = host.container();
    CniExchange.Answer refused = host.call("ADD", c, "", conf);
    assertEquals(11L, Host.tree(refused).get("code"), refused::stdout);
    assertTrue(refused.stdout().contains(directory.resolve("mtu").toString()), refused::stdout);
    writeMtu("1420");
    assertMtu(1420, c, host.call("ADD", c, "", conf));
  }

  @Test
  void anMtuThatIsNoneIsNamed() throws IOException {
    writeMtu("jumbo");
    CniExchange.Answer refused = host.call("ADD", host.container(), "", CONF);
    assertEquals(999L, Host.tree(refused).get("code"), refused::stdout);
    assertTrue(refused.stdout().contains("cannot read the MTU"), refused::stdout);
    assertTrue(refused.stdout().contains("jumbo"), refused::stdout);
  }

  @Test
  void aContainerRoutesIfItMay() {
    String may = host.container();
    ok(host.call("ADD", may, "", with("'container_settings':{'allow_ip_forwarding':true}")));
    String mayNot = host.container();
    ok(host.call("ADD", mayNot, "", CONF));
    for (String family : new String[] {"ipv4/ip_forward", "ipv6/conf/all/forwarding"}) {
      assertEquals("1", Host.sysctl(may, family), family);
      assertEquals("0", Host.sysctl(mayNot, family), family);
    }
    ok(host.call("CHECK", may, "", CONF));
  }
}
