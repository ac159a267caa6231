package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import calico.model.InterfaceAddress;
import calico.model.json.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CniResultTest {
  private static final CniResult BOTH =
      new CniResult(
          List.of(
              new CniResult.Interface("cali1", null, null, 0),
              new CniResult.Interface("eth0", "02:00:00:00:00:01", "/run/netns/x", 1440)),
          List.of(InterfaceAddress.parse("10.0.0.1/32"), InterfaceAddress.parse("fd00::1/128")),
          List.of(),
          Map.of());

  private static String print(CniResult result, String version) {
    return Json.print(result.toTree(version)).replace('"', '\'');
  }

  @Test
  void version11TellsTheMtu() {
    assertEquals(
        "{'cniVersion':'1.1.0','interfaces':[{'name':'cali1'},{'name':'eth0',"
            + "'mac':'02:00:00:00:00:01','mtu':1440,'sandbox':'/run/netns/x'}],"
            + "'ips':[{'interface':1,'address':'10.0.0.1/32'},"
            + "{'interface':1,'address':'fd00::1/128'}],'dns':{}}",
        print(BOTH, "1.1.0"));
  }

  @Test
  void version03NamesTheFamilies() {
    assertEquals(
        "{'cniVersion':'0.3.1','interfaces':[{'name':'cali1'},{'name':'eth0',"
            + "'mac':'02:00:00:00:00:01','sandbox':'/run/netns/x'}],"
            + "'ips':[{'version':'4','interface':1,'address':'10.0.0.1/32'},"
            + "{'version':'6','interface':1,'address':'fd00::1/128'}],'dns':{}}",
        print(BOTH, "0.3.1"));
  }

  @Test
  void version02HasOnePerFamily() {
    assertEquals(
        "{'cniVersion':'0.2.0','ip4':{'ip':'10.0.0.1/32'},'ip6':{'ip':'fd00::1/128'},'dns':{}}",
        print(BOTH, "0.2.0"));
  }

  @Test
  void readsWhatAnIpamPluginPrints() {
    for (String text :
        List.of(
            "{'cniVersion':'1.0.0','ips':[{'address':'10.0.0.5/24','gateway':'10.0.0.1'}],"
                + "'dns':{'nameservers':['10.1.0.1']}}",
            "{'cniVersion':'0.2.0','ip4':{'ip':'10.0.0.5/24'},'dns':{'nameservers':['10.1.0.1']}}")) {
      CniResult r = CniResult.parse(Fields.parse(text.replace('\'', '"'), "it"), "host-local");
      assertEquals(List.of(InterfaceAddress.parse("10.0.0.5/24")), r.addresses());
      assertEquals(Map.of("nameservers", List.of("10.1.0.1")), r.dns());
    }
    Fields none = Fields.parse("{}", "it");
    assertThrows(CniException.class, () -> CniResult.parse(none, "host-local"));
  }
}
