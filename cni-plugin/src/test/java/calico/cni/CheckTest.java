package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CHECK misses whatever of an ADD's work has gone, on the real kernel. */
class CheckTest extends OnHost {
  private static final String BOTH =
      "{'cniVersion':'1.0.0','name':'net1','ipam':{'type':'calico-ipam','assign_ipv6':true}}";

  private void assertMissing(String part, String container, String conf) {
    CniExchange.Answer answer = host.call("CHECK", container, "", conf);
    assertEquals(1, answer.status(), answer::stdout);
    String details = String.valueOf(Host.tree(answer).get("details"));
    assertTrue(details.contains(part + " is missing"), details);
  }

  /** In what ADD does, {@code C} is the container's namespace, {@code H} the host's. */
  @ParameterizedTest
  @CsvSource({
    "C, route del default, route to 0.0.0.0/0 via 169.254.1.1 dev eth0 in C",
    "C, route del 169.254.1.1, route to 169.254.1.1/32 dev eth0 in C",
    "C, -6 route del default, route to ::/0 via fe80::ecee:eeff:feee:eeee dev eth0 in C",
    "C, route replace default via 169.254.1.9 dev eth0 onlink, route to 0.0.0.0/0 via 169.254.1.1"
        + " dev eth0 in C",
    "C, -6 route replace default via fe80::9 dev eth0, route to ::/0 via"
        + " fe80::ecee:eeff:feee:eeee dev eth0 in C",
    "C, addr del FOUR/32 dev eth0, address FOUR of eth0 in C",
    "H, route del FOUR, route to FOUR dev WIRE of the host",
    "H, -6 route del SIX, route to SIX dev WIRE of the host"
  })
  void whatIsGoneIsNamedAndMadeAgainByAdd(String where, String change, String missing) {
    String c = host.container();
    ok(host.call("ADD", c, "", BOTH));
    ok(host.call("CHECK", c, "", BOTH));
    var networks = Objects.requireNonNull(host.endpoint(c).ipNetworks());
    Map<String, String> names =
        Map.of(
            "FOUR", networks.get(0).replace("/32", ""),
            "SIX", networks.get(1).replace("/128", ""),
            "WIRE", String.valueOf(host.endpoint(c).interfaceName()),
            "in C", "in /run/netns/" + c);
    String command = change;
    String expected = missing;
    for (Map.Entry<String, String> name : names.entrySet()) {
      command = command.replace(name.getKey(), name.getValue());
      expected = expected.replace(name.getKey(), name.getValue());
    }
    Host.ip(where.equals("C") ? c : host.name, command);
    assertMissing(expected, c, BOTH);
    ok(host.call("ADD", c, "", BOTH));
    ok(host.call("CHECK", c, "", BOTH));
    assertEquals(networks, host.endpoint(c).ipNetworks());
  }

  @Test
  void routesOfTheConfigurationAreLookedFor() throws IOException {
    host.ipamPlugin("host-local", "");
    String conf =
        "{'cniVersion':'0.3.1','name':'net1','ipam':{'type':'host-local','routes':"
            + "[{'dst':'198.51.100.0/24'},{'dst':'203.0.113.0/24'}]}}";
    String c = host.container();
    ok(host.call("ADD", c, "", conf));
    ok(host.call("CHECK", c, "", conf));
    Host.ip(c, "route del 203.0.113.0/24");
    assertMissing("route to 203.0.113.0/24 via 169.254.1.1 dev eth0 in /run/netns/" + c, c, conf);
  }

  @Test
  void theFirstInterfaceHasTheRoutesOfASecond() {
    String c = host.container();
    ok(host.call("ADD", c, "", BOTH));
    Map<String, String> second = host.variables("ADD", c, "");
    second.put("CNI_IFNAME", "eth1");
    String conf = BOTH.replace("net1", "net2").replace('\'', '"');
    ok(CniClient.call("calico", second, conf));
    second.put("CNI_COMMAND", "CHECK");
    ok(CniClient.call("calico", second, conf));
    ok(host.call("CHECK", c, "", BOTH));
    Host.ip(c, "link del eth0");
    CniExchange.Answer answer = CniClient.call("calico", second, conf);
    assertTrue(answer.stdout().contains("route to 169.254.1.1/32 dev eth1"), answer::stdout);
  }
}
