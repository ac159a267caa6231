package calico.model.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.json.Yaml;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValidatorTest {
  private static List<Problem> problems(String kind, String name, String spec) {
    Kind<?> found = Kinds.find(kind);
    assertTrue(found != null, kind);
    String namespace = found.namespaced() ? ", namespace: ns" : "";
    String text =
        "{apiVersion: projectcalico.org/v3, kind: %s, metadata: {name: %s%s}, spec: %s}"
            .formatted(found, name, namespace, spec);
    return Validator.validate(ResourceCodec.decode(Yaml.parse(text).getFirst().tree()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          gnp  | a.b.c | {}                                                            | metadata.name
          np   | knp.default.a.b.c | {}                                                | -
          tier | a.b   | {}                                                            | metadata.name
          tier | default | {order: 5, defaultAction: Deny}                             | spec.order
          tier | x     | {defaultAction: Allow}                                        | spec.defaultAction
          pool | p | {cidr: 10.0.0.1/16}                                               | spec.cidr
          pool | p | {cidr: 10.0.0.0/27}                                               | spec.cidr
          pool | p | {cidr: 10.0.0.0/27, disabled: true}                               | -
          pool | p | {cidr: 10.0.0.0/16, blockSize: 19}                                | spec.blockSize
          pool | p | {cidr: 10.0.0.0/16, ipipMode: Always, vxlanMode: Always}          | spec.vxlanMode
          pool | p | {cidr: "fd00::/64", ipipMode: Always}                             | spec.ipipMode
          pool | p | {cidr: 169.254.0.0/16}                                            | spec.cidr
          pool | p | {cidr: 10.0.0.0/16, nodeSelector: "global()"}                     | spec.nodeSelector
          pool | p | {cidr: 10.0.0.0/16, allowedUses: [LoadBalancer, Tunnel]}          | spec.allowedUses
          gnp  | p | {selector: "a = 'b'"}                                             | spec.selector
          gnp  | p | {types: [Ingress, Ingress]}                                       | spec.types[1]
          gnp  | p | {preDNAT: true, doNotTrack: true, applyOnForward: true}           | spec.preDNAT
          gnp  | p | {doNotTrack: true}                                                | spec.applyOnForward
          gnp  | p | {preDNAT: true, applyOnForward: true, types: [Egress]}            | spec.preDNAT
          np   | p | {namespaceSelector: all()}                                      | spec.namespaceSelector
          np   | p | {ingress: [{action: allow}]}                                      | spec.ingress[0].action
          np   | p | {ingress: [{action: Allow, destination: {ports: [80]}}]}          | spec.ingress[0].destination.ports
          np   | p | {ingress: [{action: Allow, destination: {ports: [http]}}]}        | -
          np   | p | {ingress: [{action: Allow, protocol: ICMP, destination: {ports: [http]}}]} | spec.ingress[0].destination.ports
          np   | p | {ingress: [{action: Allow, protocol: ICMP, ipVersion: 6}]}        | spec.ingress[0].protocol
          np   | p | {ingress: [{action: Allow, icmp: {type: 8}}]}                     | spec.ingress[0].icmp
          np   | p | {ingress: [{action: Allow, protocol: ICMP, icmp: {code: 8}}]}     | spec.ingress[0].icmp.code
          np   | p | {ingress: [{action: Allow, protocol: ICMP, icmp: {type: 255}}]}   | spec.ingress[0].icmp.type
          np   | p | {ingress: [{action: Allow, source: {nets: [10.0.0.1]}}]}          | spec.ingress[0].source.nets[0]
          np   | p | {ingress: [{action: Allow, source: {nets: [10.0.0.0/8, "fd00::/8"]}}]} | spec.ingress[0].source.nets[1]
          np   | p | {ingress: [{action: Allow, source: {notNets: [0.0.0.0/0]}}]}      | spec.ingress[0].source.notNets[0]
          np   | p | {ingress: [{action: Allow, source: {namespaceSelector: "global() && has(a)"}}]} | spec.ingress[0].source.namespaceSelector
          np   | p | {ingress: [{action: Allow, source: {namespaceSelector: "global()"}}]} | -
          np   | p | {egress: [{action: Allow, http: {methods: [GET]}}]}               | spec.egress[0].http
          np   | p | {egress: [{action: Allow, source: {services: {name: a}}}]}        | spec.egress[0].source.services
          gnp  | p | {egress: [{action: Allow, destination: {services: {name: a}}}]}   | spec.egress[0].destination.services.namespace
          hep  | h | {interfaceName: eth0}                                             | spec.node
          hep  | h | {node: n}                                                         | spec.interfaceName
          hep  | h | {node: n, interfaceName: "*", ports: [{name: a, protocol: ICMP, port: 1}]} | spec.ports[0].protocol
          wep  | x | {node: n, orchestrator: k8s, pod: p, endpoint: e, interfaceName: i} | spec
          wep  | n-k8s-p-e | {node: n, orchestrator: k8s, pod: p, endpoint: e, interfaceName: i} | -
          wep  | n-k8s-p-e | {node: n, orchestrator: k8s, pod: p, endpoint: e, interfaceName: i, ipNetworks: [10.0.0.0/24]} | spec.ipNetworks[0]
          bgpp | b | {node: n, nodeSelector: "all()"}                                  | spec.nodeSelector
          bgpp | b | {peerIP: "1.2.3.4:99999"}                                         | spec.peerIP
          bgpp | b | {peerIP: "[fd00::1]:179", asNumber: 1}                            | -
          bgpconfig | node.a | {asNumber: 1}                                           | spec.asNumber
          bgpconfig | default | {prefixAdvertisements: [{cidr: 10.0.0.0/8, communities: ["1:70000"]}]} | spec.prefixAdvertisements[0].communities[0]
          no   | n | {bgp: {ipv4Address: "fd00::1"}}                                   | spec.bgp.ipv4Address
          felixconfig | default | {vxlanPort: 70000}                                   | spec.vxlanPort
          felixconfig | default | {reportingInterval: soon}                            | spec.reportingInterval
          clusterinfo | other | {}                                                     | metadata.name
          """)
  void errors(String kind, String name, String spec, String field) {
    assertErrors(kind, name, spec, field);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          snp  | p | {stagedAction: Delete, tier: default}                                 | -
          snp  | p | {stagedAction: Delete, selector: all()}                               | spec.selector
          snp  | p | {stagedAction: Later}                                                 | spec.stagedAction
          snp  | p | {namespaceSelector: all()}                                                    | spec.namespaceSelector
          snp  | a.b.c | {}                                                                | metadata.name
          sgnp | p | {doNotTrack: true}                                                    | spec.applyOnForward
          sgnp | p | {ingress: [{action: allow}]}                                          | spec.ingress[0].action
          sknp | p | {stagedAction: Delete, podSelector: {}}                               | -
          sknp | p | {stagedAction: Delete, policyTypes: [Ingress]}                        | spec.policyTypes
          bgpf | f | {exportV4: [{action: Accept, cidr: 10.0.0.0/8}]}                      | spec.exportV4[0].matchOperator
          bgpf | f | {exportV4: [{action: Accept, cidr: "fd00::/8", matchOperator: In}]}   | spec.exportV4[0].cidr
          bgpf | f | {importV4: [{action: Accept, prefixLength: {min: 8}}]}                | spec.importV4[0].prefixLength
          bgpf | f | {importV4: [{action: Accept, cidr: 10.0.0.0/8, matchOperator: In, prefixLength: {max: 33}}]} | spec.importV4[0].prefixLength.max
          bgpf | f | {exportV6: [{action: Reject, operations: [{setPriority: {value: 1}}]}]} | spec.exportV6[0].operations
          bgpf | f | {exportV6: [{action: Accept, operations: [{}]}]}                      | spec.exportV6[0].operations[0]
          bgpf | f | {exportV6: [{action: Accept, operations: [{addCommunity: {value: "1:70000"}}]}]} | spec.exportV6[0].operations[0].addCommunity.value
          bgpf | f | {exportV6: [{action: Accept, communities: {values: ["1:2", "1:3"]}}]} | spec.exportV6[0].communities.values
          bgpf | f | {exportV6: [{action: Accept, priority: 0}]}                           | spec.exportV6[0].priority
          nodestatus | s | {node: n, classes: [BGP, BGP], updatePeriodSeconds: 10}         | spec.classes[1]
          nodestatus | s | {node: n, classes: [BGP], updatePeriodSeconds: 86401}           | spec.updatePeriodSeconds
          ipamconfig | other | {}                                                          | metadata.name
          ipamconfig | default | {ipCooldownSeconds: 1201}                                 | spec.ipCooldownSeconds
          kubecontrollersconfig | other | {}                                               | metadata.name
          kubecontrollersconfig | default | {controllers: {node: {hostEndpoint: {templates: [{generateName: a}]}}}} | -
          kubecontrollersconfig | default | {controllers: {node: {hostEndpoint: {templates: [{generateName: a, interfacePattern: "("}]}}}} | spec.controllers.node.hostEndpoint.templates[0].interfacePattern
          """)
  void errorsInStagedPoliciesFiltersAndSettings(
      String kind, String name, String spec, String field) {
    assertErrors(kind, name, spec, field);
  }

  private static void assertErrors(String kind, String name, String spec, String field) {
    List<String> found =
        problems(kind, name, spec).stream()
            .filter(p -> p.severity() == Severity.ERROR)
            .map(Problem::fieldPath)
            .toList();
    assertEquals(field.equals("-") ? List.of() : List.of(field), found);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          np | {selektor: all()}                                                | spec.selektor
          np | {ingress: [{action: Allow, sauce: {}}]}                          | spec.ingress[0].sauce
          np | {selector: "a == 'b' && a == 'c'"}                               | spec.selector
          np | {selector: "has(a) && !has(a)"}                                  | spec.selector
          np | {types: [Egress], ingress: [{action: Deny}]}                     | spec.ingress
          np | {ingress: [{action: Allow}, {action: Deny, protocol: TCP}]}      | spec.ingress[1]
          np | {ingress: [{action: Log}, {action: Deny, protocol: TCP}]}        | -
          np | {ingress: [{action: Allow, source: {nets: [10.1.0.0/16], notNets: [10.0.0.0/8]}}]} | spec.ingress[0].source.notNets
          np | {ingress: [{action: Allow, protocol: TCP, notProtocol: 6}]}      | spec.ingress[0].notProtocol
          felixconfig | {noSuchField: 1}                                        | spec.noSuchField
          felixconfig | {chainInsertMode: Append, nftablesMode: Auto, bpfLogLevel: ""} | spec.chainInsertMode
          snp | {selektor: all()}                                               | spec.selektor
          wep | {node: n, orchestrator: k8s, pod: p, endpoint: e, interfaceName: i, allowedIps: [10.0.0.9]} | spec.allowedIps
          """)
  void warnings(String kind, String spec, String field) {
    List<String> found =
        problems(kind, "default", spec).stream()
            .filter(p -> p.severity() == Severity.WARNING)
            .map(Problem::fieldPath)
            .toList();
    assertEquals(field.equals("-") ? List.of() : List.of(field), found);
  }

  @Test
  void reasonsSayWhatWouldBeRight() {
    assertEquals(
        "spec.selector = 'a = 'b'': expected '==', '!=', 'in', 'not in', 'contains', 'starts with'"
            + " or 'ends with' at column 3",
        problems("gnp", "p", "{selector: \"a = 'b'\"}").getFirst().toString());
  }
}
