package calico.model.crd;

import calico.model.json.Yaml;
import calico.model.resource.Tiered;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Custom resource definitions as JSON trees, and as the YAML that kubectl applies. */
public final class CrdGenerator {
  private final ApiGroup group;
  private final OpenApi openApi;

  public CrdGenerator(ApiGroup group) {
    this.group = group;
    this.openApi = new OpenApi(group);
  }

  /** Prints the definitions of an API group: the argument is {@code v1} or {@code v3}. */
  public static void main(String[] args) {
    if (args.length != 1 || !args[0].matches("v[13]")) {
      throw new IllegalArgumentException("usage: CrdGenerator v1|v3");
    }
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    out.print(new CrdGenerator(args[0].equals("v1") ? ApiGroup.V1 : ApiGroup.V3).yaml());
  }

  /** All definitions, as documents of one YAML file. */
  public String yaml() {
    StringBuilder out = new StringBuilder();
    for (CustomResource resource : CustomResource.all()) {
      out.append("---\n").append(Yaml.print(definition(resource)));
    }
    return out.toString();
  }

  /** The definition of one kind. */
  public Map<String, @Nullable Object> definition(CustomResource resource) {
    String name = resource.name(group);
    Map<String, @Nullable Object> names = new LinkedHashMap<>();
    names.put("kind", name);
    names.put("listKind", name + "List");
    names.put("plural", resource.plural(group));
    names.put("singular", name.toLowerCase(Locale.ROOT));
    if (group == ApiGroup.V3 && !resource.shortNames().isEmpty()) {
      names.put("shortNames", resource.shortNames());
    }
    Map<String, @Nullable Object> spec = new LinkedHashMap<>();
    spec.put("group", group.group());
    spec.put("names", names);
    spec.put("scope", resource.kind().namespaced() ? "Namespaced" : "Cluster");
    spec.put("versions", List.of(version(resource)));
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("apiVersion", "apiextensions.k8s.io/v1");
    out.put("kind", "CustomResourceDefinition");
    out.put("metadata", Map.of("name", resource.plural(group) + "." + group.group()));
    out.put("spec", spec);
    return out;
  }

  private Map<String, @Nullable Object> version(CustomResource resource) {
    Map<String, @Nullable Object> spec = openApi.spec(resource.kind());
    Map<String, @Nullable Object> properties = new LinkedHashMap<>();
    properties.put("apiVersion", Map.of("type", "string"));
    properties.put("kind", Map.of("type", "string"));
    properties.put("metadata", Map.of("type", "object"));
    properties.put("spec", spec);
    if (resource.hasStatus()) {
      properties.put("status", OpenApi.open());
    }
    Map<String, @Nullable Object> schema = new LinkedHashMap<>();
    schema.put("type", "object");
    schema.put("description", resource.kind().doc());
    schema.put("properties", properties);

    Map<String, @Nullable Object> version = new LinkedHashMap<>();
    version.put("name", group.version());
    version.put("served", true);
    version.put("storage", true);
    version.put("schema", Map.of("openAPIV3Schema", schema));
    if (resource.hasStatus()) {
      version.put("subresources", Map.of("status", Map.of()));
    }
    List<Object> rules = Rules.ofObject(resource.kind().specType());
    if (!rules.isEmpty()) {
      schema.put("x-kubernetes-validations", rules);
    }
    if (group == ApiGroup.V3) {
      schema.put("required", List.of("metadata", "spec"));
      version.put("additionalPrinterColumns", columns(resource, spec));
      if (Tiered.class.isAssignableFrom(resource.kind().specType())) {
        version.put("selectableFields", List.of(Map.of("jsonPath", ".spec.tier")));
      }
    }
    return version;
  }

  private static List<Object> columns(CustomResource resource, Map<String, ?> spec) {
    List<Object> out = new ArrayList<>();
    resource
        .columns()
        .forEach(
            (heading, field) -> {
              if (field.startsWith(".")) {
                out.add(Map.of("name", heading, "type", "string", "jsonPath", field));
                return;
              }
              if (!(spec.get("properties") instanceof Map<?, ?> fields
                  && fields.get(field) instanceof Map<?, ?> schema)) {
                throw new IllegalArgumentException(
                    "column " + heading + " of " + resource.kind() + ": no field " + field);
              }
              boolean simple = schema.get("type") instanceof String s && !s.equals("array");
              out.add(
                  Map.of(
                      "name",
                      heading,
                      "type",
                      simple ? String.valueOf(schema.get("type")) : "string",
                      "jsonPath",
                      ".spec." + field,
                      "description",
                      String.valueOf(schema.get("description"))));
            });
    out.add(Map.of("name", "Age", "type", "date", "jsonPath", ".metadata.creationTimestamp"));
    return out;
  }
}
