package calico.model.crd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.cel.Cel;
import calico.model.json.Json;
import calico.model.json.Yaml;
import calico.model.json.YamlDocument;
import calico.model.resource.Kinds;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CrdGeneratorTest {
  private final CrdGenerator v3 = new CrdGenerator(ApiGroup.V3);
  private final CrdGenerator v1 = new CrdGenerator(ApiGroup.V1);

  private static Object at(Object tree, String... path) {
    Object out = tree;
    for (String name : path) {
      out = out instanceof List<?> list ? list.getFirst() : ((Map<?, ?>) out).get(name);
      Objects.requireNonNull(out, name);
    }
    return out;
  }

  private static Map<?, ?> version(CrdGenerator generator, CustomResource resource) {
    return (Map<?, ?>) at(generator.definition(resource), "spec", "versions", "0");
  }

  private static Map<?, ?> schema(CrdGenerator generator, CustomResource resource) {
    return (Map<?, ?>) at(version(generator, resource), "schema", "openAPIV3Schema");
  }

  private static CustomResource of(String kind) {
    return CustomResource.all().stream()
        .filter(r -> r.kind().name().equals(kind))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whatUpstreamStoredFitsTheSchemas() throws IOException {
    Map<String, Map<?, ?>> schemas = new HashMap<>();
    CustomResource.all().forEach(r -> schemas.put(r.kind().name(), schema(v3, r)));
    int checked = 0;
    try (InputStream in = Objects.requireNonNull(Kinds.class.getResourceAsStream("stored.jsonl"))) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        Object tree = Objects.requireNonNull(Json.parse(line));
        Map<?, ?> schema = schemas.get(String.valueOf(at(tree, "kind")));
        if (schema != null) {
          List<String> problems = new ArrayList<>();
          SchemaCheck.check(schema, tree, "", problems);
          assertEquals(List.of(), problems, line);
          checked++;
        }
      }
    }
    assertTrue(checked >= 20, checked + " objects");
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Map<String, String> cases =
        Map.of(
            "{\"cidr\":\"10.0.0.0/16\",\"ipipMode\":\"Sometimes\"}", ".spec.ipipMode",
            "{\"natOutgoing\":true}", ".spec.cidr",
            "{\"cidr\":\"10.0.0.0/16\",\"blockSize\":129}", ".spec.blockSize",
            "{\"cidr\":7}", ".spec.cidr");
    cases.forEach(
        (spec, field) -> {
          List<String> problems = new ArrayList<>();
          Map<?, ?> tree = Map.of("metadata", Map.of(), "spec", parse(spec));
          SchemaCheck.check(schema(v3, of("IPPool")), tree, "", problems);
          assertEquals(List.of(field), problems, spec);
        });
  }

  private static Object parse(String json) {
    return Objects.requireNonNull(Json.parse(json));
  }

  /** Kubernetes refuses a property without type that is not one of its two exceptions. */
  @Test
  void schemasAreStructural() {
    for (CustomResource resource : CustomResource.all()) {
      SchemaCheck.structural(schema(v1, resource), resource + " v1");
      SchemaCheck.structural(schema(v3, resource), resource + " v3");
    }
  }

  @Test
  void theOlderGroupHasItsOwnForms() {
    Map<String, Object> config = v1.definition(of("IPAMConfiguration"));
    assertEquals("ipamconfigs.crd.projectcalico.org", at(config, "metadata", "name"));
    assertEquals("IPAMConfig", at(config, "spec", "names", "kind"));
    String[] deleted = {"properties", "spec", "properties", "deleted", "type"};
    assertEquals("string", at(schema(v1, of("BlockAffinity")), deleted));
    assertEquals("boolean", at(schema(v3, of("BlockAffinity")), deleted));
    assertTrue(!v1.yaml().contains("default:"));
  }

  @Test
  void namesScopeAndColumnsAreUpstreams() {
    Map<String, Object> pool = v3.definition(of("IPPool"));
    assertEquals("ippools.projectcalico.org", at(pool, "metadata", "name"));
    assertEquals("Cluster", at(pool, "spec", "scope"));
    assertEquals(List.of("ipp", "ipps", "pool", "pools"), at(pool, "spec", "names", "shortNames"));
    assertEquals(
        "boolean",
        at(((List<?>) at(version(v3, of("IPPool")), "additionalPrinterColumns")).get(3), "type"));
    assertEquals(Map.of("status", Map.of()), at(version(v3, of("Tier")), "subresources"));
    Map<String, Object> staged = v3.definition(of("StagedNetworkPolicy"));
    assertEquals("Namespaced", at(staged, "spec", "scope"));
    assertEquals(
        "Set",
        at(
            schema(v3, of("StagedNetworkPolicy")),
            "properties",
            "spec",
            "properties",
            "stagedAction",
            "default"));
  }

  @Test
  void theYamlHoldsEveryDefinition() {
    List<YamlDocument> documents = Yaml.parse(v3.yaml());
    assertEquals(CustomResource.all().size(), documents.size());
    for (int i = 0; i < documents.size(); i++) {
      Object expected = Json.parse(Json.print(v3.definition(CustomResource.all().get(i))));
      assertEquals(expected, documents.get(i).tree());
    }
  }

  @Test
  void rulesCanBeReadAndBlameFieldsThatAreThere() {
    int found = 0;
    for (CustomResource resource : CustomResource.all()) {
      found += rules(schema(v3, resource), resource.kind().name());
      rules(schema(v1, resource), resource.kind().name());
    }
    assertTrue(found > 100, found + " rules");
  }

  /** Checks the rules of a schema and of those in it; gives their number. */
  private static int rules(Map<?, ?> schema, String path) {
    int found = 0;
    if (schema.get("x-kubernetes-validations") instanceof List<?> rules) {
      for (Object rule : rules) {
        Cel cel = Cel.parse(String.valueOf(at(rule, "rule")));
        assertTrue(!String.valueOf(at(rule, "message")).isEmpty(), path + ": " + cel);
        if (((Map<?, ?>) rule).get("fieldPath") instanceof String blamed) {
          Object below = schema;
          for (String name : blamed.substring(1).split("\\.")) {
            below = at(below, "properties", name);
          }
        }
        found++;
      }
    }
    if (schema.get("properties") instanceof Map<?, ?> fields) {
      for (Map.Entry<?, ?> field : fields.entrySet()) {
        found += rules((Map<?, ?>) field.getValue(), path + "." + field.getKey());
      }
    }
    return schema.get("items") instanceof Map<?, ?> items
        ? found + rules(items, path + "[]")
        : found;
  }
}
