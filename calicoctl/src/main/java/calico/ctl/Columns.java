package calico.ctl;

import calico.model.GoNumber;
import calico.model.resource.BgpPeerSpec;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.NodeSpec;
import calico.model.resource.PolicySpec;
import calico.model.resource.Resource;
import calico.model.resource.StagedKubernetesPolicySpec.LabelSelector;
import calico.model.resource.StagedKubernetesPolicySpec.Requirement;
import calico.model.resource.StagedPolicySpec;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The columns of {@code calicoctl get}, declared once per kind. NAME comes before them, and
 * NAMESPACE before that where asked for.
 *
 * @param columns in the order of the wide table, of which the default table is a part
 */
record Columns<S>(Kind<S> kind, List<Column<S>> columns) {

  /** Longer lists are cut in a table. */
  private static final int MAX_LIST_CHARS = 80;

  /**
   * One column.
   *
   * @param wideOnly shown with {@code -o wide} only
   * @param cell from a resource and the cluster's AS number
   */
  record Column<S>(
      String heading, boolean wideOnly, BiFunction<Resource<S>, Supplier<String>, String> cell) {}

  /** The table that a kind has; a kind without an entry here has NAME only. */
  static Columns<?> of(Kind<?> kind) {
    // A switch, so that the cells of one kind are linked and not those of all.
    return switch (kind.name()) {
      case "Node" ->
          table(
              Kinds.NODE,
              new Column<>("ASN", true, (r, clusterAs) -> asNumber(r.spec(), clusterAs)),
              wide("IPV4", s -> s.bgp() == null ? null : s.bgp().ipv4Address()),
              wide("IPV6", s -> s.bgp() == null ? null : s.bgp().ipv6Address()));
      case "IPPool" ->
          table(
              Kinds.IP_POOL,
              both("CIDR", s -> s.cidr()),
              wide("NAT", s -> flag(s.natOutgoing())),
              wide("IPIPMODE", s -> orNever(s.ipipMode())),
              wide("VXLANMODE", s -> orNever(s.vxlanMode())),
              wide("DISABLED", s -> flag(s.disabled())),
              wide("DISABLEBGPEXPORT", s -> flag(s.disableBGPExport())),
              both("SELECTOR", s -> s.nodeSelector() == null ? "all()" : s.nodeSelector()),
              wide("ASSIGNMENTMODE", s -> orElse(s.assignmentMode(), "Automatic")));
      case "IPReservation" ->
          table(Kinds.IP_RESERVATION, wide("CIDRS", s -> cut(join(s.reservedCIDRs()))));
      case "BGPConfiguration" ->
          table(
              Kinds.BGP_CONFIGURATION,
              both("LOGSEVERITY", s -> s.logSeverityScreen()),
              both("MESHENABLED", s -> orDash(s.nodeToNodeMeshEnabled())),
              both("ASNUMBER", s -> orDash(s.asNumber())));
      case "BGPPeer" ->
          table(
              Kinds.BGP_PEER,
              both("PEERIP", s -> s.peerIP()),
              both("NODE", Columns::peeringNodes),
              both("ASN", s -> s.asNumber() == null ? "0" : s.asNumber().toString()));
      case "Tier" -> table(Kinds.TIER, both("ORDER", s -> GoNumber.shortest(s.effectiveOrder())));
      case "GlobalNetworkPolicy" -> policy(Kinds.GLOBAL_NETWORK_POLICY, s -> s);
      case "NetworkPolicy" -> policy(Kinds.NETWORK_POLICY, s -> s);
      case "GlobalNetworkSet" ->
          table(Kinds.GLOBAL_NETWORK_SET, wide("NETS", s -> cut(join(s.nets()))));
      case "NetworkSet" -> table(Kinds.NETWORK_SET, wide("NETS", s -> cut(join(s.nets()))));
      case "Profile" -> table(Kinds.PROFILE, wide("LABELS", s -> join(s.labelsToApply())));
      case "HostEndpoint" ->
          table(
              Kinds.HOST_ENDPOINT,
              both("NODE", s -> s.node()),
              wide("INTERFACE", s -> s.interfaceName()),
              wide("IPS", s -> join(s.expectedIPs())),
              wide("PROFILES", s -> join(s.profiles())));
      case "WorkloadEndpoint" ->
          table(
              Kinds.WORKLOAD_ENDPOINT,
              both("WORKLOAD", s -> s.workload() == null ? s.pod() : s.workload()),
              both("NODE", s -> s.node()),
              both("NETWORKS", s -> join(s.ipNetworks())),
              both("INTERFACE", s -> s.interfaceName()),
              wide("PROFILES", s -> join(s.profiles())),
              wide("NATS", Columns::nats));
      case "ClusterInformation" ->
          table(
              Kinds.CLUSTER_INFORMATION,
              both("CLUSTERGUID", s -> s.clusterGUID()),
              both("CLUSTERTYPE", s -> s.clusterType()),
              both("CALICOVERSION", s -> s.calicoVersion()),
              both("DATASTOREREADY", s -> orElse(s.datastoreReady(), "<nil>")));
      default -> others(kind);
    };
  }

  /** The other kinds: of() would be too long with them. */
  private static Columns<?> others(Kind<?> kind) {
    return switch (kind.name()) {
      case "BGPFilter" ->
          table(
              Kinds.BGP_FILTER,
              both("NUMEXPORTV4", s -> count(s.exportV4())),
              both("NUMIMPORTV4", s -> count(s.importV4())),
              both("NUMEXPORTV6", s -> count(s.exportV6())),
              both("NUMIMPORTV6", s -> count(s.importV6())));
      case "CalicoNodeStatus" ->
          table(
              Kinds.CALICO_NODE_STATUS,
              both("NODE", s -> s.node()),
              wide("CLASSES", s -> join(s.classes())));
      case "StagedGlobalNetworkPolicy" ->
          policy(Kinds.STAGED_GLOBAL_NETWORK_POLICY, StagedPolicySpec::policy);
      case "StagedNetworkPolicy" -> policy(Kinds.STAGED_NETWORK_POLICY, StagedPolicySpec::policy);
      case "StagedKubernetesNetworkPolicy" ->
          table(
              Kinds.STAGED_KUBERNETES_NETWORK_POLICY,
              wide("PODSELECTOR", s -> labels(s.podSelector())));
      case "IPAMConfiguration" ->
          table(
              Kinds.IPAM_CONFIGURATION,
              both("STRICTAFFINITY", s -> flag(s.strictAffinity())),
              both("AUTOALLOCATEBLOCKS", s -> orElse(s.autoAllocateBlocks(), "true")),
              wide("MAXBLOCKSPERHOST", s -> orElse(s.maxBlocksPerHost(), "0")));
      default -> new Columns<>(kind, List.of());
    };
  }

  /** The headings of the table that is asked for. */
  List<String> headings(boolean wide, boolean withNamespace) {
    List<String> headings = new ArrayList<>();
    if (withNamespace && kind.namespaced()) {
      headings.add("NAMESPACE");
    }
    // The name of a workload endpoint says nothing that its other columns do not.
    if (wide || !kind.equals(Kinds.WORKLOAD_ENDPOINT)) {
      headings.add("NAME");
    }
    columns.stream().filter(c -> wide || !c.wideOnly()).map(Column::heading).forEach(headings::add);
    return headings;
  }

  /**
   * Makes sure that there are such columns.
   *
   * @throws CommandException naming one that there is not
   */
  void require(List<String> headings) {
    List<String> known = headings(true, true);
    for (String heading : headings) {
      if (!heading.equals("NAME") && !known.contains(heading)) {
        throw new CommandException(
            "unknown heading %s of %s: choose from %s".formatted(heading, kind.name(), known));
      }
    }
  }

  /** The cell of a resource of this kind in a column that there is. */
  String cell(Resource<?> resource, String heading, Supplier<String> clusterAs) {
    if (heading.equals("NAME")) {
      return resource.metadata().name();
    }
    if (heading.equals("NAMESPACE")) {
      return text(resource.metadata().namespace());
    }
    // Kinds compare by value and decide the type of the spec.
    @SuppressWarnings("unchecked")
    Resource<S> typed = (Resource<S>) resource;
    return columns.stream()
        .filter(c -> c.heading().equals(heading))
        .findFirst()
        .orElseThrow()
        .cell()
        .apply(typed, clusterAs);
  }

  private static <S> Columns<S> policy(Kind<S> kind, Function<S, PolicySpec> policy) {
    return table(
        kind,
        both("TIER", s -> orElse(policy.apply(s).tier(), "default")),
        wide("ORDER", s -> GoNumber.shortest(policy.apply(s).order())),
        wide("SELECTOR", s -> policy.apply(s).selector()));
  }

  @SafeVarargs
  private static <S> Columns<S> table(Kind<S> kind, Column<S>... columns) {
    List<Column<S>> list = new ArrayList<>();
    for (Column<S> column : columns) {
      list.add(column);
    }
    return new Columns<>(kind, list);
  }

  private static <S> Column<S> both(String heading, Function<S, @Nullable String> cell) {
    return new Column<>(heading, false, (r, _) -> text(cell.apply(r.spec())));
  }

  private static <S> Column<S> wide(String heading, Function<S, @Nullable String> cell) {
    return new Column<>(heading, true, (r, _) -> text(cell.apply(r.spec())));
  }

  private static String asNumber(NodeSpec node, Supplier<String> clusterAs) {
    NodeSpec.Bgp bgp = node.bgp();
    if (bgp == null) {
      return "";
    }
    return bgp.asNumber() == null ? "(" + clusterAs.get() + ")" : bgp.asNumber().toString();
  }

  private static String peeringNodes(BgpPeerSpec peer) {
    String node = text(peer.node());
    String selector = text(peer.nodeSelector());
    return !node.isEmpty() ? node : !selector.isEmpty() ? selector : "(global)";
  }

  private static String nats(WorkloadEndpointSpec endpoint) {
    return endpoint.ipNATs() == null
        ? ""
        : join(endpoint.ipNATs().stream().map(n -> n.internalIP() + ":" + n.externalIP()).toList());
  }

  private static String count(@Nullable List<?> items) {
    return items == null ? "0" : Integer.toString(items.size());
  }

  /** As kubectl writes label selectors. */
  private static String labels(@Nullable LabelSelector selector) {
    List<String> terms = new ArrayList<>();
    if (selector != null && selector.matchLabels() != null) {
      new TreeMap<>(selector.matchLabels()).forEach((k, v) -> terms.add(k + "=" + v));
    }
    if (selector != null && selector.matchExpressions() != null) {
      for (Requirement r : selector.matchExpressions()) {
        terms.add(
            switch (r.operator()) {
              case "Exists" -> r.key();
              case "DoesNotExist" -> "!" + r.key();
              case "NotIn" -> r.key() + " notin (" + join(r.values()) + ")";
              default -> r.key() + " in (" + join(r.values()) + ")";
            });
      }
    }
    return terms.isEmpty() ? "<none>" : join(terms);
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }

  private static String flag(@Nullable Boolean value) {
    return orElse(value, "false");
  }

  private static String orNever(@Nullable String mode) {
    return mode == null || mode.isEmpty() ? "Never" : mode;
  }

  private static String orDash(@Nullable Object value) {
    return orElse(value, "-");
  }

  private static String orElse(@Nullable Object value, String absent) {
    return value == null ? absent : value.toString();
  }

  private static String join(@Nullable List<String> items) {
    return items == null ? "" : String.join(",", items);
  }

  private static String join(@Nullable Map<String, String> items) {
    if (items == null) {
      return "";
    }
    List<String> pairs = new ArrayList<>();
    new TreeMap<>(items).forEach((k, v) -> pairs.add(k + "=" + v));
    return join(pairs);
  }

  private static String cut(String list) {
    return list.length() <= MAX_LIST_CHARS ? list : list.substring(0, MAX_LIST_CHARS - 3) + "...";
  }
}
