package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetConfTest {
  private static final Duration DEFAULT = Duration.ofSeconds(10);

  private static NetConf parse(String json) {
    return NetConf.parse(Fields.parse(json.replace('\'', '"'), "it"), DEFAULT);
  }

  @Test
  void theLeastHasDefaults() {
    NetConf c = parse("{'name': 'net1'}");
    assertEquals("0.2.0", c.cniVersion());
    assertEquals(0, c.mtu());
    assertTrue(c.ipam().ipv4());
    assertFalse(c.ipam().ipv6());
    assertFalse(c.allowIpForwarding());
    assertEquals(DEFAULT, c.readinessTimeout());
    assertEquals(Map.of(), c.labels());
  }

  @Test
  void readsWhatUpstreamReads() {
    NetConf c =
        parse(
            """
            {'cniVersion': '1.0.0', 'name': 'k8s-pod-network', 'type': 'calico', 'mtu': 1440,
             'log_level': 'info', 'etcd_endpoints': 'http://x:2379', 'nodename': 'n7',
             'nodename_file_optional': true,
             'ipam': {'type': 'calico-ipam', 'assign_ipv4': 'false', 'assign_ipv6': 'true',
                      'ipv4_pools': ['10.0.0.0/24', 'second'], 'ipv6_pools': null},
             'policy': {'type': 'k8s'}, 'container_settings': {'allow_ip_forwarding': true},
             'policy_setup_timeout_seconds': 3,
             'cni.dev/valid-attachments': [{'containerID': 'c1', 'ifname': 'eth0'}]}
            """);
    assertEquals(1440, c.mtu());
    assertEquals("n7", c.nodeName());
    assertFalse(c.ipam().ipv4());
    assertTrue(c.ipam().ipv6());
    assertEquals(List.of("10.0.0.0/24", "second"), c.ipam().ipv4Pools());
    assertEquals(List.of(), c.ipam().ipv6Pools());
    assertEquals("k8s", c.policyType());
    assertTrue(c.allowIpForwarding());
    assertEquals(Duration.ofSeconds(3), c.readinessTimeout());
    assertEquals(Set.of("c1/eth0"), c.validAttachments());
  }

  @Test
  void readsLabelsFromEveryPlace() {
    NetConf c =
        parse(
            """
            {'name': 'n', 'args': {
              'org.apache.mesos': {'network_info': {'labels': {'labels': [
                {'key': 'a', 'value': '1'}, {'key': 'b', 'value': '1'}]}}},
              'cni': {'labels': [{'key': 'b', 'value': '2'}, {'key': 'c', 'value': '2'}]},
              'calico': {'labels': {'c': '3'}}}}
            """);
    assertEquals(Map.of("a", "1", "b", "2", "c", "3"), c.labels());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|7|name",
        "{'name':5}|7|name = '5': must be a string",
        "{'name':'n','mtu':-1}|7|mtu",
        "{'name':'n','mtu':'x'}|7|mtu",
        "{'name':'n','ipam':[]}|7|ipam",
        "{'name':'n','ipam':{'ipv4_pools':[1]}}|7|ipam.ipv4_pools[0]",
        "{'name':'n','ipam':{'assign_ipv4':'yes'}}|7|ipam.assign_ipv4",
        "{'name':'n','device_type':'netkit'}|7|device_type",
        "{'name':'n','policy':{'type':'odd'}}|7|policy.type",
        "{'name':'n','args':{'calico':{'labels':{'a':1}}}}|7|args.calico.labels.a",
        "{'name':'n','cniVersion':'9.0.0'}|1|9.0.0",
        "[]|6|not a JSON object",
        "{|6|line"
      })
  void anErrorNamesTheField(String json, int code, String part) {
    CniException e = assertThrows(CniException.class, () -> parse(json));
    assertEquals(code, e.code());
    assertTrue(String.valueOf(e.getMessage()).contains(part), e::toString);
  }
}
