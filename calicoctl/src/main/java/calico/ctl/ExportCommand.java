package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.model.json.Json;
import calico.model.json.Yaml;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

final class ExportCommand implements Verb {
  /** In this order, which upstream reads: tiers before policies, nodes before what names them. */
  private static final List<String> ORDER =
      List.of(
          "IPPool",
          "BGPPeer",
          "Tier",
          "GlobalNetworkPolicy",
          "StagedGlobalNetworkPolicy",
          "GlobalNetworkSet",
          "HostEndpoint",
          "KubeControllersConfiguration",
          "NetworkPolicy",
          "StagedNetworkPolicy",
          "StagedKubernetesNetworkPolicy",
          "NetworkSet",
          "Node",
          "BGPConfiguration",
          "FelixConfiguration",
          "IPReservation",
          "BGPFilter");

  private static final List<String> OF_KUBERNETES = List.of("Profile", "WorkloadEndpoint");
  private static final String KUBERNETES_POLICY = "knp.default.";
  private static final String OF_NODE = "node.";

  /** Between resources, cluster information and IPAM data. */
  static final String SEPARATOR = "===\n";

  private final Session session;

  boolean everything;
  DatastoreOptions connection = new DatastoreOptions();

  ExportCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command export) {
    export
        .description(
            "Print all of the cluster's data, for 'calicoctl datastore migrate import'.",
            "The datastore must be locked. What Kubernetes provides is left out: profiles, workload"
                + " endpoints, and policies made from Kubernetes' own; nodes get their Kubernetes names.")
        .flag(
            "--everything",
            "Leave nothing out and rename nothing: for a cluster without Kubernetes, etcd to etcd.",
            () -> everything = true)
        .include(connection)
        .examples(
            "calicoctl datastore migrate export > cluster.txt",
            "calicoctl datastore migrate export --everything > cluster.txt");
  }

  @Override
  public Integer call() {
    StringBuilder out = new StringBuilder();
    try (Datastore datastore = connection.open(session);
        Progress progress = session.progress("exporting", 0)) {
      if (!IpamReport.Cluster.read(datastore).locked()) {
        throw new CommandException(
            "datastore is not locked. Run the `calicoctl datastore migrate lock` command in order to begin migration");
      }
      Map<String, String> nodeNames = everything ? Map.of() : nodeNames(datastore);
      List<String> order = new ArrayList<>(ORDER);
      if (everything) {
        order.addAll(OF_KUBERNETES);
      }
      for (String kind : order) {
        out.append(Yaml.print(list(datastore, find(kind), nodeNames, progress))).append("---\n");
      }
      var information = ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default");
      out.append(SEPARATOR)
          .append(
              Json.printPretty(
                  ResourceCodec.encode(new ResourceCommands(datastore).get(information))))
          .append('\n')
          .append(SEPARATOR)
          .append(Json.printPretty(new IpamData(datastore).export(nodeNames)))
          .append('\n');
    }
    session.out().print(out);
    return 0;
  }

  static Kind<?> find(String name) {
    Kind<?> kind = Kinds.find(name);
    if (kind == null) {
      throw new IllegalStateException("no such kind: " + name);
    }
    return kind;
  }

  /** Kubernetes' name of each node. */
  private Map<String, String> nodeNames(Datastore datastore) {
    Map<String, String> out = new LinkedHashMap<>();
    for (Entry<Resource<NodeSpec>> e : datastore.list(Query.all(Kinds.NODE)).entries()) {
      String name = e.value().metadata().name();
      List<NodeSpec.OrchRef> refs = e.value().spec().orchRefs();
      String kubernetes =
          (refs == null ? List.<NodeSpec.OrchRef>of() : refs)
              .stream()
                  .filter(r -> r.orchestrator().equals("k8s"))
                  .map(NodeSpec.OrchRef::nodeName)
                  .filter(n -> n != null && !n.isEmpty())
                  .findFirst()
                  .orElseThrow(
                      () ->
                          new CommandException(
                              "node %s missing a 'k8s' orchestrator reference. Unable to export data unless every node has a 'k8s' orchestrator reference; or use --everything, for a cluster without Kubernetes"
                                  .formatted(name)));
      out.put(name, kubernetes);
    }
    return out;
  }

  private <S> Map<String, @Nullable Object> list(
      Datastore datastore, Kind<S> kind, Map<String, String> nodeNames, Progress progress) {
    List<Object> items = new ArrayList<>();
    for (Entry<Resource<S>> e : new ResourceCommands(datastore).list(kind, null).entries()) {
      Resource<S> r = e.value();
      progress.step();
      if (everything || !r.metadata().name().startsWith(KUBERNETES_POLICY)) {
        items.add(ResourceCodec.encode(exported(r, nodeNames)));
      }
    }
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("kind", kind.name() + "List");
    out.put("apiVersion", Kind.API_VERSION);
    out.put("metadata", Map.of());
    out.put("items", items);
    return out;
  }

  /** Without what belongs to the datastore that it is in. */
  private static <S> Resource<S> exported(Resource<S> resource, Map<String, String> nodeNames) {
    Metadata m = resource.metadata();
    String name = m.name();
    if (resource.kind().equals(Kinds.NODE)) {
      name = nodeNames.getOrDefault(name, name);
    } else if ((resource.kind().equals(Kinds.FELIX_CONFIGURATION)
            || resource.kind().equals(Kinds.BGP_CONFIGURATION))
        && name.startsWith(OF_NODE)) {
      String node = name.substring(OF_NODE.length());
      name = OF_NODE + nodeNames.getOrDefault(node, node);
    }
    return resource.withMetadata(
        new Metadata(
            name, m.namespace(), m.labels(), m.annotations(), null, null, null, m.unknown()));
  }
}
