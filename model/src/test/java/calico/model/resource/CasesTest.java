package calico.model.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.json.Json;
import calico.model.json.Yaml;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables of resources, one a line: kind, name or metadata, spec, and what is said about them. */
class CasesTest {
  private static List<String> lines(String name) throws IOException {
    try (InputStream in = Objects.requireNonNull(CasesTest.class.getResourceAsStream(name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(l -> !l.startsWith("#"))
          .toList();
    }
  }

  private static Kind<?> kind(String name) {
    return Stream.concat(Kinds.all().stream(), Kinds.internal().stream())
        .filter(k -> k.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseGet(() -> Objects.requireNonNull(Kinds.find(name), name));
  }

  /** What is said about the resource of a line, errors before warnings. */
  private static List<Problem> problems(String[] cells) {
    Kind<?> kind = kind(cells[0]);
    String given = cells[1].startsWith("{") ? cells[1].substring(1) : "name: " + cells[1] + "}";
    String metadata = kind.namespaced() ? "{namespace: ns, " + given : "{" + given;
    String text = "{metadata: " + metadata + ", spec: " + cells[2] + "}";
    try {
      Object tree = Yaml.parse(text).getFirst().tree();
      Resource<?> resource = Defaults.apply(ResourceCodec.decode(kind, tree));
      List<Problem> out = new ArrayList<>(Validator.errors(resource));
      Validator.validate(resource).stream().filter(p -> !out.contains(p)).forEach(out::add);
      return out;
    } catch (DecodeException e) {
      return List.of(new Problem(Severity.ERROR, "", null, String.valueOf(e.getMessage())));
    }
  }

  private static String first(List<Problem> problems) {
    if (problems.isEmpty() || problems.getFirst().severity() == Severity.WARNING) {
      return "no error";
    }
    String text = problems.getFirst().toString();
    return text.startsWith(": ") ? text.substring(2) : text;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "addresses",
        "bgp",
        "endpoint",
        "felix",
        "kubecontrollers",
        "node",
        "policy",
        "rule",
        "staged",
        "upstream-felix",
        "upstream-other",
        "upstream-policy"
      })
  void whatUpstreamRejectsIsRejectedWithAReason(String table) throws IOException {
    List<String> wrong = new ArrayList<>();
    for (String line : lines("invalid/" + table + ".txt")) {
      String[] cells = line.split(" \\| ", 4);
      String message = first(problems(cells));
      if (!message.equals(cells[3])) {
        wrong.add(line + "\n  but: " + message);
      }
    }
    assertEquals("", String.join("\n", wrong));
  }

  @Test
  void whatUpstreamAcceptsIsAccepted() throws IOException {
    for (String line : lines("valid.txt")) {
      assertEquals("no error", first(problems(line.split(" \\| ", 3))), line);
    }
  }

  /**
   * Upstream's API server, or the component that reads the object, refuses these; its client writes
   * them into etcd all the same, where they have no effect or another than they say.
   */
  @Test
  void someThatUpstreamOnlyIgnoresAreRejected() throws IOException {
    for (String line : lines("stricter.txt")) {
      String[] cells = line.split(" \\| ", 4);
      assertEquals(cells[3], first(problems(cells)), line);
    }
  }

  /** Upstream's own cases that are decided otherwise on purpose. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      textBlock =
          """
          # a protocol's name is read in any case and written as upstream writes it
          np   ; {ingress: [{action: Allow, protocol: tcp}]}              ; no error
          # the empty string is the absent field, which gets its default
          pool ; {cidr: 1.0.0.0/10, assignmentMode: ""}                   ; no error
          # upstream's case leaves out the defaults that its client fills in first
          pool ; {cidr: 1.0.0.0/10, namespaceSelector: region == "east"}  ; spec.namespaceSelector = 'region == "east"': a pool for tunnels has no namespaceSelector
          """)
  void deliberateDifferences(String kind, String spec, String message) {
    assertEquals(message, first(problems(new String[] {kind, "x", spec})));
  }

  @Test
  void whatUpstreamWritesIsWrittenBackByteForByte() throws IOException {
    List<String> lines = lines("upstream.jsonl");
    assertTrue(lines.size() > 100, "only " + lines.size());
    for (String line : lines) {
      Object tree = Json.parse(line);
      Kind<?> kind = kind(String.valueOf(((Map<?, ?>) Objects.requireNonNull(tree)).get("kind")));
      assertEquals(line, Json.print(ResourceCodec.encode(ResourceCodec.decode(kind, tree))));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      textBlock =
          """
          gnp ; {selector: "a == 'b' && !has(a)"}                    ; spec.selector
          gnp ; {selector: "and == 'x'"}                             ; spec.selector
          gnp ; {selector: "projectcalico.org/nmespace == 'x'"}      ; spec.selector
          gnp ; {selector: "app == 'web-*'"}                         ; spec.selector
          gnp ; {selector: "projectcalico.org/namespace == 'x'"}     ;
          gnp ; {selector: "app starts with 'web-'"}                 ;
          np  ; {ingress: [{action: Allow}, {action: Deny}]}         ; spec.ingress[1]
          np  ; {ingress: [{action: Log}, {action: Deny}]}           ;
          np  ; {ingress: [{action: Allow, protocol: TCP}, {action: Deny, protocol: TCP, source: {nets: [10.0.0.0/8]}}]} ; spec.ingress[1]
          np  ; {ingress: [{action: Allow, protocol: TCP}, {action: Deny, protocol: UDP}, {action: Deny}]}               ;
          np  ; {ingress: [{action: Deny, source: {selector: has(a)}}, {action: Allow, source: {selector: has(a), nets: [10.0.0.0/8]}}]} ; spec.ingress[1]
          np  ; {egress: [{action: Allow, destination: {selector: has(a), notSelector: has(a)}}]} ; spec.egress[0].destination.notSelector
          np  ; {egress: [{action: Allow, protocol: ICMP, icmp: {type: 8}, notICMP: {type: 8}}]}  ; spec.egress[0].notICMP
          np  ; {egress: [{action: Allow, protocol: TCP, notProtocol: 6}]}                        ; spec.egress[0].notProtocol
          np  ; {types: [Egress], ingress: [{action: Allow}]}        ; spec.ingress
          bgpf ; {exportV4: [{action: Reject}, {action: Accept, interface: eth0}]} ; spec.exportV4[1]
          bgpf ; {exportV4: [{action: Reject, interface: eth1}, {action: Accept}]} ;
          netsets ; {nets: [10.0.0.0/8, 10.0.0.0/8]}                 ; spec.nets[1]
          bgpp ; {peerIP: 1.2.3.4, asNumber: 1, futureField: 1}      ; spec.futureField
          """)
  void surelyWrongIsWarnedOf(String kind, String spec, String path) {
    List<Problem> problems = problems(new String[] {kind, "x", spec});
    assertEquals(
        path == null ? "" : path,
        String.join(" ", problems.stream().map(Problem::fieldPath).toList()),
        problems.toString());
    assertTrue(problems.stream().allMatch(p -> p.severity() == Severity.WARNING));
  }
}
