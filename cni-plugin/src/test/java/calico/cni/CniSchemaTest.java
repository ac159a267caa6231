package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is printed has the form that the CNI specification gives it, in every version. */
class CniSchemaTest extends OnHost {
  private static final JsonSchema SCHEMA = JsonSchema.load("result-schema.json");

  private static void assertForm(String definition, CniExchange.Answer answer) {
    assertEquals(List.of(), SCHEMA.problems(definition, answer.stdout()), answer::stdout);
  }

  private static String conf(String version) {
    return ("{'cniVersion':'"
            + version
            + "','name':'net1','type':'calico','mtu':1400,"
            + "'ipam':{'type':'calico-ipam','assign_ipv6':true}}")
        .replace('\'', '"');
  }

  private CniExchange.Answer call(String program, String command, String container, String conf) {
    return CniClient.call(program, host.variables(command, container, ""), conf);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"})
  void resultsAndErrors(String version) {
    String conf = conf(version);
    String container = host.container();
    CniExchange.Answer attached = ok(call("calico", "ADD", container, conf));
    assertForm(version, attached);
    assertEquals(version, Host.tree(attached).get("cniVersion"));
    assertForm(version, call("calico", "ADD", container, conf)); // again
    assertEquals("", call("calico", "CHECK", container, conf).stdout());
    assertEquals("", call("calico", "DEL", container, conf).stdout());

    CniExchange.Answer assigned = ok(call("calico-ipam", "ADD", container, conf));
    assertForm(version, assigned);
    assertTrue(Host.tree(assigned).get("interfaces") == null, "an IPAM plugin makes none");
    assertEquals("", call("calico-ipam", "DEL", container, conf).stdout());

    CniExchange.Answer detached = call("calico", "CHECK", container, conf);
    assertEquals(1, detached.status());
    assertForm("error", detached);
    assertEquals(version, Host.tree(detached).get("cniVersion"));
  }

  @Test
  void versions() {
    assertForm("versions", call("calico", "VERSION", "", "{}"));
    assertForm("versions", call("calico-ipam", "VERSION", "", "{}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "{\"cniVersion\":\"7.0.0\",\"name\":\"net1\"}"})
  void errorsOfWrongConfigurations(String conf) {
    CniExchange.Answer answer = call("calico", "ADD", host.container(), conf);
    assertEquals(1, answer.status(), answer::stdout);
    assertForm("error", answer);
  }

  @Test
  void errorsWithoutTheDaemon() throws IOException {
    host.stopService();
    CniExchange.Answer answer = call("calico", "STATUS", "", conf("1.1.0"));
    assertForm("error", answer);
    assertEquals(11L, Host.tree(answer).get("code"));
  }

  @Test
  void theSchemaFindsWhatIsWrong() {
    for (Map.Entry<String, String> wrong :
        Map.of(
                "{}", "has no cniVersion",
                "{'cniVersion':'1.0.0','ips':[]}", "/ips has fewer than 1",
                "{'cniVersion':'0.4.0','ips':[{'address':'10.0.0.1/32'}]}", "/cniVersion = 0.4.0",
                "{'cniVersion':'1.0.0','ips':[{'address':'10.0.0.1'}]}", "/ips/0/address",
                "{'cniVersion':'1.0.0','ips':[{'address':'::1/128'}],'mtu':1}", "must not have mtu")
            .entrySet()) {
      List<String> problems = SCHEMA.problems("1.0.0", wrong.getKey().replace('\'', '"'));
      assertTrue(String.join("; ", problems).contains(wrong.getValue()), problems::toString);
    }
  }
}
