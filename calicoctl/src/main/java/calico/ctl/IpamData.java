package calico.ctl;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.datastore.etcd.EtcdKeys;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.BlockAffinity;
import calico.model.ipam.IpamCodec;
import calico.model.ipam.IpamHandle;
import calico.model.json.Json;
import calico.model.key.IpamKey;
import calico.model.key.Key;
import calico.model.key.Query;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The data of address allocation as one tree, in upstream's form:
 *
 * <pre>
 * {block_affinities: [{Key: PATH, Value: {...}, TTL: 0}], blocks: [...], handles: [...], config: {...}}
 * </pre>
 */
final class IpamData {
  private static final String HOST = "host:";

  private final Datastore datastore;

  IpamData(Datastore datastore) {
    this.datastore = datastore;
  }

  /**
   * All of it.
   *
   * @param nodeNames new names of nodes by their old ones
   */
  Map<String, @Nullable Object> export(Map<String, String> nodeNames) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    List<Object> affinities = new ArrayList<>();
    for (Query.Affinities query : Query.Affinities.all(null)) {
      for (Entry<BlockAffinity> e : datastore.list(query).entries()) {
        affinities.add(
            pair(renamed((IpamKey.Affinity) e.key(), nodeNames), IpamCodec.print(e.value())));
      }
    }
    List<Object> blocks = new ArrayList<>();
    for (Entry<AllocationBlock> e : datastore.list(new Query.Blocks(null)).entries()) {
      blocks.add(pair(e.key(), IpamCodec.print(renamed(e.value(), nodeNames))));
    }
    List<Object> handles = new ArrayList<>();
    for (Entry<IpamHandle> e : datastore.list(new Query.Handles()).entries()) {
      String id = ((IpamKey.Handle) e.key()).id();
      handles.add(
          pair(new IpamKey.Handle(renamedHandle(id, nodeNames)), IpamCodec.print(e.value())));
    }
    putUnlessEmpty(out, "block_affinities", affinities);
    putUnlessEmpty(out, "blocks", blocks);
    putUnlessEmpty(out, "handles", handles);
    datastore
        .get(new IpamKey.Config())
        .ifPresent(e -> out.put("config", pair(e.key(), IpamCodec.print(e.value()))));
    return out;
  }

  private static void putUnlessEmpty(
      Map<String, @Nullable Object> out, String name, List<Object> items) {
    if (!items.isEmpty()) {
      out.put(name, items);
    }
  }

  private static Map<String, @Nullable Object> pair(Key<?> key, String json) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("Key", EtcdKeys.path(key));
    out.put("Value", Json.parse(json));
    out.put("TTL", 0L);
    return out;
  }

  private static IpamKey.Affinity renamed(IpamKey.Affinity key, Map<String, String> nodeNames) {
    return key.affinityType().equals("host")
        ? IpamKey.Affinity.ofHost(nodeNames.getOrDefault(key.host(), key.host()), key.cidr())
        : key;
  }

  private static AllocationBlock renamed(AllocationBlock b, Map<String, String> nodeNames) {
    if (nodeNames.isEmpty()) {
      return b;
    }
    String affinity = b.affinity();
    if (affinity != null && affinity.startsWith(HOST)) {
      String host = affinity.substring(HOST.length());
      affinity = HOST + nodeNames.getOrDefault(host, host);
    }
    List<AllocationBlock.Attribute> attributes = new ArrayList<>();
    for (AllocationBlock.Attribute a : b.attributes()) {
      Map<String, String> secondary = new TreeMap<>(a.secondary());
      secondary.computeIfPresent("node", (_, node) -> nodeNames.getOrDefault(node, node));
      String handle = a.handleId();
      attributes.add(
          new AllocationBlock.Attribute(
              handle == null ? null : renamedHandle(handle, nodeNames),
              secondary,
              a.releasedAt(),
              a.unknown()));
    }
    return new AllocationBlock(
        b.cidr(),
        affinity,
        b.affinityClaimTime(),
        b.allocations(),
        b.unallocated(),
        attributes,
        b.sequenceNumber(),
        b.sequenceNumberForAllocation(),
        b.deleted(),
        b.unknown());
  }

  private static String renamedHandle(String id, Map<String, String> nodeNames) {
    for (String prefix : NodeDeletion.TUNNEL_HANDLES) {
      if (id.startsWith(prefix)) {
        String node = id.substring(prefix.length());
        return prefix + nodeNames.getOrDefault(node, node);
      }
    }
    return id;
  }

  boolean isEmpty() {
    return datastore.list(new Query.Blocks(null)).entries().isEmpty()
        && Query.Affinities.all(null).stream().allMatch(q -> datastore.list(q).entries().isEmpty())
        && datastore.list(new Query.Handles()).entries().isEmpty();
  }

  /** One write of an import. */
  record Write<V>(Key<V> key, V value) {
    void to(Datastore datastore) {
      try {
        datastore.create(key, value);
      } catch (DatastoreException.AlreadyExists _) {
        datastore.put(key, value, null);
      }
    }
  }

  /**
   * The writes that a tree asks for; blocks come last, so that handles never count too little.
   *
   * @throws CommandException if it is not in this form
   */
  static List<Write<?>> parse(Map<?, ?> tree) {
    List<Write<?>> out = new ArrayList<>();
    read(tree, "block_affinities", Query.Affinities.all(null), IpamCodec::parseAffinity, out);
    read(tree, "handles", List.of(new Query.Handles()), IpamCodec::parseHandle, out);
    read(tree, "blocks", List.of(new Query.Blocks(null)), IpamCodec::parseBlock, out);
    if (tree.get("config") instanceof Map<?, ?> pair) {
      out.add(
          new Write<>(new IpamKey.Config(), IpamCodec.parseConfig(Json.print(pair.get("Value")))));
    }
    return out;
  }

  private static <V> void read(
      Map<?, ?> tree,
      String field,
      List<? extends Query<V>> queries,
      Function<String, V> codec,
      List<Write<?>> out) {
    for (Object item : tree.get(field) instanceof List<?> list ? list : List.of()) {
      Key<V> key =
          item instanceof Map<?, ?> pair && pair.get("Key") instanceof String path
              ? queries.stream()
                  .map(query -> EtcdKeys.key(query, path))
                  .filter(Objects::nonNull)
                  .findFirst()
                  .orElse(null)
              : null;
      if (key == null || !(item instanceof Map<?, ?> pair)) {
        throw new CommandException("the IPAM data: %s: not a key: %s".formatted(field, item));
      }
      try {
        out.add(new Write<>(key, codec.apply(Json.print(pair.get("Value")))));
      } catch (RuntimeException e) {
        throw new CommandException(
            "the IPAM data: %s: %s: %s".formatted(field, key, e.getMessage()));
      }
    }
  }
}
