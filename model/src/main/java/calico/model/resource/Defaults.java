package calico.model.resource;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.GoDuration;
import calico.model.config.FelixParameters;
import calico.model.config.Parameter;
import calico.model.config.UnusedParameters;
import calico.model.json.Json;
import calico.model.schema.Default;
import calico.model.schema.Schema;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is filled into a resource when it is created or updated. Fields whose {@link Default} is
 * stored come from their declaration; here is what depends on other fields.
 */
public final class Defaults {
  /** The label by which policies can be listed per tier. */
  public static final String TIER_LABEL = "projectcalico.org/tier";

  /** Upstream stores these even where eBPF is not used. */
  private static final Map<String, Object> FELIX =
      Collections.unmodifiableMap(
          object(
              """
              {"nftablesMode":"Auto","nftablesFlowTableOffload":"Disabled","bpfLogLevel":"",\
              "bpfConnectTimeLoadBalancing":"TCP","bpfHostNetworkedNATWithoutCTLB":"Enabled",\
              "floatingIPs":"Disabled"}\
              """));

  private Defaults() {}

  /** The resource as it is stored, apart from the fields that the datastore sets. */
  public static <S> Resource<S> apply(Resource<S> resource) {
    Object spec = resource.spec();
    Map<String, String> labels = resource.metadata().labels();
    Object filled =
        switch (spec) {
          case PolicySpec policy -> {
            PolicySpec p = (PolicySpec) declared(policy);
            labels = with(labels, TIER_LABEL, Objects.requireNonNull(p.tier()));
            yield types(p);
          }
          case StagedPolicySpec staged -> {
            StagedPolicySpec s = (StagedPolicySpec) declared(staged);
            labels = with(labels, TIER_LABEL, Objects.requireNonNull(s.tier()));
            yield s.deletes() ? s : new StagedPolicySpec(s.stagedAction(), types(s.policy()));
          }
          case IpPoolSpec pool -> blockSize((IpPoolSpec) declared(pool));
          case WorkloadEndpointSpec endpoint -> {
            labels = endpointLabels(resource.metadata(), endpoint);
            yield ports(endpoint);
          }
          case FelixConfigurationSpec felix -> felix(felix);
          case Record record -> declared(record);
          default -> spec;
        };
    return new Resource<>(
        resource.kind(),
        resource.metadata().withLabels(labels),
        resource.kind().specType().cast(filled),
        resource.status() == null ? emptyStatus(spec) : resource.status(),
        resource.unknown());
  }

  /** Of an object that has no status yet; null for kinds that are stored without. */
  public static @Nullable Object emptyStatus(@Nullable Object spec) {
    return switch (spec) {
      case NodeSpec _, TierSpec _, KubeControllersConfigurationSpec _ -> Map.of();
      case CalicoNodeStatusSpec _ ->
          Json.parse(
              """
              {"lastUpdated":null,"agent":{"birdV4":{},"birdV6":{}},"bgp":\
              {"numberEstablishedV4":0,"numberNotEstablishedV4":0,"numberEstablishedV6":0,\
              "numberNotEstablishedV6":0},"routes":{}}\
              """);
      case null, default -> null;
    };
  }

  /** Whether a field of a FelixConfiguration has just the value that is filled in. */
  static boolean isFilled(
      Map<String, @Nullable Object> felix, String fieldName, @Nullable Object value) {
    return value != null
        && (value.equals(FELIX.get(fieldName))
            || value.equals(ofOlderSetting(felix).get(fieldName)));
  }

  /** What a field of a FelixConfiguration is filled with, or null if nothing. */
  public static @Nullable Object felixField(String fieldName) {
    return FELIX.get(fieldName);
  }

  /** The record with every absent field filled whose declared default is stored. */
  private static Record declared(Record spec) {
    Schema schema = Schema.of(spec.getClass());
    Map<String, @Nullable Object> tree = ResourceCodec.encodeRecord(spec);
    return fill(schema, tree) ? ResourceCodec.decodeRecord(schema.type(), tree) : spec;
  }

  /** Also in records below that are there, not in those of lists. */
  private static boolean fill(Schema schema, Map<String, @Nullable Object> tree) {
    boolean filled = false;
    for (Schema.Field field : schema.fields()) {
      Default given = field.annotation(Default.class);
      if (given != null && given.stored() && !tree.containsKey(field.name())) {
        tree.put(field.name(), Json.parse(given.value()));
        filled = true;
      }
      if (field.type() instanceof Class<?> type
          && type.isRecord()
          && tree.get(field.name()) instanceof Map<?, ?> map) {
        Map<String, @Nullable Object> below = new LinkedHashMap<>();
        map.forEach((k, v) -> below.put(String.valueOf(k), v));
        if (fill(Schema.of(type), below)) {
          tree.put(field.name(), below);
          filled = true;
        }
      }
    }
    return filled;
  }

  private static PolicySpec types(PolicySpec p) {
    if (p.types() != null && !p.types().isEmpty()) {
      return p;
    }
    boolean ingress = p.ingress() != null && !p.ingress().isEmpty();
    boolean egress = p.egress() != null && !p.egress().isEmpty();
    List<String> types =
        !egress ? List.of("Ingress") : ingress ? List.of("Ingress", "Egress") : List.of("Egress");
    return new PolicySpec(
        p.tier(),
        p.order(),
        p.ingress(),
        p.egress(),
        p.selector(),
        types,
        p.doNotTrack(),
        p.preDNAT(),
        p.applyOnForward(),
        p.serviceAccountSelector(),
        p.namespaceSelector(),
        p.performanceHints(),
        p.unknown());
  }

  private static IpPoolSpec blockSize(IpPoolSpec p) {
    Cidr cidr = Cidr.tryParse(p.cidr());
    if (cidr == null) {
      return p;
    }
    Integer size = p.blockSize();
    return new IpPoolSpec(
        p.cidr(),
        p.vxlanMode(),
        p.ipipMode(),
        p.natOutgoing(),
        p.disabled(),
        p.disableBGPExport(),
        size != null && size != 0 ? size : (Integer) (cidr.family() == Family.IPV4 ? 26 : 122),
        p.nodeSelector(),
        p.namespaceSelector(),
        p.allowedUses(),
        p.assignmentMode(),
        p.unknown());
  }

  private static Map<String, String> endpointLabels(Metadata metadata, WorkloadEndpointSpec w) {
    Map<String, String> labels = metadata.labels();
    labels = with(labels, "projectcalico.org/namespace", metadata.namespace());
    return with(labels, "projectcalico.org/orchestrator", w.orchestrator());
  }

  /** Upstream writes all fields of a workload's port, set or not. */
  private static WorkloadEndpointSpec ports(WorkloadEndpointSpec w) {
    if (w.ports() == null) {
      return w;
    }
    List<EndpointPort> ports = new ArrayList<>();
    for (EndpointPort p : w.ports()) {
      ports.add(
          new EndpointPort(
              p.name() == null ? "" : p.name(),
              p.protocol(),
              p.port(),
              p.hostPort() == null ? (Integer) 0 : p.hostPort(),
              p.hostIP() == null ? "" : p.hostIP(),
              p.unknown()));
    }
    return new WorkloadEndpointSpec(
        w.orchestrator(),
        w.workload(),
        w.node(),
        w.containerID(),
        w.pod(),
        w.endpoint(),
        w.serviceAccountName(),
        w.ipNetworks(),
        w.ipNATs(),
        w.ipv4Gateway(),
        w.ipv6Gateway(),
        w.profiles(),
        w.interfaceName(),
        w.mac(),
        List.copyOf(ports),
        w.allowSpoofedSourcePrefixes(),
        w.qosControls(),
        w.allowedIps(),
        w.unknown());
  }

  private static FelixConfigurationSpec felix(FelixConfigurationSpec spec) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>(spec.fields());
    Stream.concat(FelixParameters.all().stream(), UnusedParameters.all().stream())
        .filter(parameter -> parameter.defaultValue() instanceof Duration)
        .map(Parameter::fieldName)
        .forEach(
            name -> {
              if (fields.get(name) instanceof String text) {
                fields.put(name, canonicalDuration(text));
              }
            });
    if (fields.get("healthTimeoutOverrides") instanceof List<?> overrides) {
      fields.put("healthTimeoutOverrides", overrides.stream().map(Defaults::timeout).toList());
    }
    FELIX.forEach(fields::putIfAbsent);
    fields.putAll(ofOlderSetting(fields));
    return new FelixConfigurationSpec(fields);
  }

  /** What upstream makes of the setting that two others have replaced, whatever those say. */
  private static Map<String, Object> ofOlderSetting(Map<String, @Nullable Object> felix) {
    return felix.get("bpfConnectTimeLoadBalancingEnabled") instanceof Boolean enabled
        ? Map.of(
            "bpfConnectTimeLoadBalancing",
            enabled ? "Enabled" : "Disabled",
            "bpfHostNetworkedNATWithoutCTLB",
            "Disabled")
        : Map.of();
  }

  private static Object timeout(Object override) {
    if (!(override instanceof Map<?, ?> map) || !(map.get("timeout") instanceof String text)) {
      return override;
    }
    Map<Object, @Nullable Object> out = new LinkedHashMap<>(map);
    out.put("timeout", canonicalDuration(text));
    return out;
  }

  /** What is no duration stays as it is: the validator reports it. */
  private static String canonicalDuration(String text) {
    try {
      return GoDuration.print(GoDuration.parse(text));
    } catch (IllegalArgumentException _) {
      return text;
    }
  }

  private static Map<String, String> with(
      Map<String, String> labels, String name, @Nullable String value) {
    if (value == null || value.isEmpty() || value.equals(labels.get(name))) {
      return labels;
    }
    Map<String, String> out = new TreeMap<>(labels);
    out.put(name, value);
    return Collections.unmodifiableMap(out);
  }

  private static Map<String, Object> object(String json) {
    Map<String, Object> out = new LinkedHashMap<>();
    if (Json.parse(json) instanceof Map<?, ?> map) {
      map.forEach((k, v) -> out.put(String.valueOf(k), Objects.requireNonNull(v)));
    }
    return out;
  }
}
