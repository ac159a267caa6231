package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CniRequestTest {
  private static final Map<String, String> ADD =
      Map.of(
          "CNI_COMMAND", "ADD",
          "CNI_CONTAINERID", "c1",
          "CNI_NETNS", "/run/netns/x",
          "CNI_IFNAME", "eth0",
          "CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAME=web-0;K8S_POD_NAMESPACE=shop");

  private static CniRequest with(String name, String value) {
    Map<String, String> variables = new TreeMap<>(ADD);
    variables.put(name, value);
    return CniRequest.of(new CniExchange.Call("calico", variables, "{}"));
  }

  @Test
  void readsVariables() {
    CniRequest r = with("CNI_PATH", "/opt/cni/bin");
    assertEquals(CniRequest.Command.ADD, r.command());
    assertEquals("web-0", r.args().get("K8S_POD_NAME"));
  }

  @Test
  void delNeedsNoNamespace() {
    Map<String, String> variables = new TreeMap<>(ADD);
    variables.put("CNI_COMMAND", "DEL");
    variables.remove("CNI_NETNS");
    assertEquals("", CniRequest.of(new CniExchange.Call("calico", variables, "")).netns());
  }

  @Test
  void statusNeedsNoContainer() {
    assertEquals(
        CniRequest.Command.STATUS,
        CniRequest.of(new CniExchange.Call("calico", Map.of("CNI_COMMAND", "STATUS"), ""))
            .command());
  }

  @ParameterizedTest
  @CsvSource({
    "CNI_COMMAND,UPDATE",
    "CNI_COMMAND,''",
    "CNI_CONTAINERID,''",
    "CNI_CONTAINERID,-c1",
    "CNI_CONTAINERID,a/b",
    "CNI_IFNAME,''",
    "CNI_IFNAME,a/b",
    "CNI_IFNAME,sixteencharacter",
    "CNI_NETNS,''",
    "CNI_ARGS,nonsense"
  })
  void anErrorNamesTheVariable(String name, String value) {
    CniException e = assertThrows(CniException.class, () -> with(name, value));
    assertEquals(CniException.BAD_ENVIRONMENT, e.code());
    assertTrue(String.valueOf(e.getMessage()).contains(name), e::toString);
  }

  @Test
  void anExchangeArrivesAsItWasSent() throws IOException {
    CniExchange.Call call =
        new CniExchange.Call(
            "calico-ipam", Map.of("CNI_ARGS", "A=ü;B=", "CNI_EMPTY", ""), "{\"x\": \"\u00e9\"}\n");
    assertEquals(call, CniExchange.decodeCall(CniExchange.encode(call)));
    CniExchange.Call bare = new CniExchange.Call("calico", Map.of(), "");
    assertEquals(bare, CniExchange.decodeCall(CniExchange.encode(bare)));
    CniExchange.Answer answer = new CniExchange.Answer(1, "{}");
    assertEquals(answer, CniExchange.decodeAnswer(CniExchange.encode(answer)));
    assertThrows(IOException.class, () -> CniExchange.decodeAnswer(new byte[0]));
    assertThrows(CniException.class, () -> CniExchange.decodeCall(new byte[] {'x'}));
  }
}
