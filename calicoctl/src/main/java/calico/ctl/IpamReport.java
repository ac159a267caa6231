package calico.ctl;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.datastore.Revision;
import calico.ipam.Allocation;
import calico.ipam.BlockLeak;
import calico.ipam.CheckResult;
import calico.ipam.Owner;
import calico.ipam.ReleaseRequest;
import calico.model.Cidr;
import calico.model.Ip;
import calico.model.json.Json;
import calico.model.json.JsonException;
import calico.model.key.ResourceKey;
import calico.model.resource.ClusterInformationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code ipam check -o} writes and {@code ipam release --from-report} reads: upstream's JSON.
 *
 * @param leaked addresses in use by nobody
 * @param leakedHandles with the revision of each
 * @param blockLeaks by what they are about
 */
record IpamReport(
    String version,
    Cluster cluster,
    Map<Ip, ReleaseRequest> leaked,
    Map<String, Revision> leakedHandles,
    Map<String, BlockLeak> blockLeaks) {

  /**
   * Which cluster it is about.
   *
   * @param revision of its ClusterInformation
   * @param locked whether components were told not to use the datastore
   */
  record Cluster(String guid, String type, String revision, boolean locked) {
    /**
     * Reads it.
     *
     * @throws DatastoreException.DoesNotExist if nothing has used this datastore yet
     */
    static Cluster read(Datastore datastore) {
      var key = ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default");
      Entry<Resource<ClusterInformationSpec>> e =
          datastore.get(key).orElseThrow(() -> new DatastoreException.DoesNotExist(key));
      ClusterInformationSpec spec = e.value().spec();
      return new Cluster(
          orEmpty(spec.clusterGUID()),
          orEmpty(spec.clusterType()),
          e.revision().value(),
          Boolean.FALSE.equals(spec.datastoreReady()));
    }
  }

  static String text(Cluster cluster, CheckResult result) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("version", VersionCommand.clientVersion());
    out.put("clusterGUID", cluster.guid());
    out.put("datastoreLocked", cluster.locked());
    out.put("clusterInformationRevision", cluster.revision());
    out.put("clusterType", cluster.type());
    Map<String, @Nullable Object> byIp = new LinkedHashMap<>();
    result
        .allocations()
        .forEach((ip, all) -> byIp.put(ip.toString(), all.stream().map(IpamReport::tree).toList()));
    out.put("allocations", byIp);
    List<Object> handles = new ArrayList<>();
    result
        .handles()
        .leaked()
        .forEach(
            (id, revision) -> {
              Map<String, @Nullable Object> handle = new LinkedHashMap<>();
              handle.put("ID", id);
              handle.put("UID", null);
              handle.put("Revision", revision.value());
              handles.add(handle);
            });
    if (!handles.isEmpty()) {
      out.put("leakedHandles", handles);
    }
    List<Object> blocks = result.blockLeaks().stream().<Object>map(IpamReport::tree).toList();
    if (!blocks.isEmpty()) {
      out.put("leakedBlocks", blocks);
    }
    return Json.printPretty(out) + "\n";
  }

  private static Map<String, @Nullable Object> tree(Allocation a) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("ip", a.ip().toString());
    putUnlessEmpty(out, "handle", a.handle());
    out.put("sequenceNumber", a.sequenceNumber());
    putUnlessEmpty(out, "pod", a.attributes().get("pod"));
    putUnlessEmpty(out, "namespace", a.attributes().get("namespace"));
    putUnlessEmpty(out, "node", a.node());
    putUnlessEmpty(out, "type", a.attributes().get("type"));
    putUnlessEmpty(out, "creationTimestamp", a.attributes().get("timestamp"));
    out.put("inUse", !a.users().isEmpty());
    if (a.borrowed()) {
      out.put("borrowed", true);
    }
    if (a.coolingDown()) {
      out.put("coolingDown", true);
    }
    out.put("owners", a.users().isEmpty() ? null : a.users());
    return out;
  }

  /** Upstream has no such field, and passes over it. */
  private static Map<String, @Nullable Object> tree(BlockLeak leak) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("cidr", leak.block().toString());
    Owner owner = leak.owner();
    putUnlessEmpty(out, "affinity", owner == null ? null : owner.toString());
    out.put("revision", leak.revision().value());
    out.put("problem", leak.problem());
    return out;
  }

  private static void putUnlessEmpty(
      Map<String, @Nullable Object> out, String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      out.put(name, value);
    }
  }

  /**
   * Reads a report.
   *
   * @throws CommandException if it is none
   */
  static IpamReport read(String file) {
    Object tree;
    try {
      tree = Json.parse(Files.readString(Path.of(file)));
    } catch (IOException | JsonException e) {
      throw new CommandException("cannot read the report %s: %s".formatted(file, e));
    }
    if (!(tree instanceof Map<?, ?> top)
        || !(top.get("clusterGUID") instanceof String guid)
        || !(top.get("allocations") instanceof Map<?, ?> allocations)) {
      throw new CommandException(
          file
              + ": this is no report of 'calicoctl ipam check -o': it has no clusterGUID or allocations");
    }
    Map<Ip, ReleaseRequest> leaked = new LinkedHashMap<>();
    for (Object each : allocations.values()) {
      for (Object allocation : each instanceof List<?> list ? list : List.of()) {
        ReleaseRequest request = leaked(allocation);
        if (request != null) {
          leaked.put(request.ip(), request);
        }
      }
    }
    Map<String, Revision> handles = new LinkedHashMap<>();
    for (Object each : top.get("leakedHandles") instanceof List<?> list ? list : List.of()) {
      if (each instanceof Map<?, ?> h && h.get("ID") instanceof String id) {
        handles.put(id, new Revision(text(h.get("Revision"))));
      }
    }
    Map<String, BlockLeak> blocks = new LinkedHashMap<>();
    for (Object each : top.get("leakedBlocks") instanceof List<?> list ? list : List.of()) {
      Cidr cidr = each instanceof Map<?, ?> b ? Cidr.tryParse(text(b.get("cidr"))) : null;
      if (cidr != null && each instanceof Map<?, ?> b) {
        String affinity = text(b.get("affinity"));
        blocks.put(
            affinity + " " + cidr,
            new BlockLeak(
                cidr,
                Owner.parse(affinity),
                new Revision(text(b.get("revision"))),
                text(b.get("problem"))));
      }
    }
    return new IpamReport(
        text(top.get("version")),
        new Cluster(
            guid,
            text(top.get("clusterType")),
            text(top.get("clusterInformationRevision")),
            Boolean.TRUE.equals(top.get("datastoreLocked"))),
        leaked,
        handles,
        blocks);
  }

  /** Null unless the tree is an allocation that nobody uses. */
  private static @Nullable ReleaseRequest leaked(@Nullable Object allocation) {
    if (!(allocation instanceof Map<?, ?> a)
        || Boolean.TRUE.equals(a.get("inUse"))
        || Boolean.TRUE.equals(a.get("coolingDown"))) {
      return null;
    }
    Ip ip = Ip.tryParse(text(a.get("ip")));
    String handle = text(a.get("handle"));
    return ip == null
        ? null
        : new ReleaseRequest(
            ip,
            handle.isEmpty() ? null : handle,
            a.get("sequenceNumber") instanceof Long n ? n : null);
  }

  /** Only what both say, unchanged between them. */
  IpamReport and(IpamReport other) {
    return new IpamReport(
        version,
        cluster,
        both(leaked, other.leaked),
        both(leakedHandles, other.leakedHandles),
        both(blockLeaks, other.blockLeaks));
  }

  private static <K, V> Map<K, V> both(Map<K, V> one, Map<K, V> other) {
    Map<K, V> both = new LinkedHashMap<>(other);
    both.entrySet().retainAll(one.entrySet());
    return both;
  }

  private static String text(@Nullable Object value) {
    return value instanceof String s ? s : "";
  }

  private static String orEmpty(@Nullable String value) {
    return value == null ? "" : value;
  }
}
