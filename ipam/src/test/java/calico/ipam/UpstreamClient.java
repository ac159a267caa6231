package calico.ipam;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.IpamCodec;
import calico.model.ipam.IpamHandle;
import calico.model.json.Json;
import calico.model.key.IpamKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What upstream's client does to a block and a handle, on the stored text and with nothing of ours:
 * the handle first, then the block by compare-and-swap; libcalico-go/lib/ipam of
 * projectcalico/calico.
 */
record UpstreamClient(Datastore datastore, Cidr block) {
  private static final Map<String, String> SECONDARY = Map.of("node", "node1");

  /** Assigns the block's next address. */
  Ip assign(String handle) {
    datastore.create(new IpamKey.Handle(handle), new IpamHandle(Map.of(block, 1), false));
    Ip[] assigned = new Ip[1];
    change(
        tree -> {
          long ordinal = (Long) list(tree, "unallocated").removeFirst();
          List<Object> attributes = list(tree, "attributes");
          attributes.add(attribute(handle));
          list(tree, "allocations").set((int) ordinal, attributes.size() - 1L);
          map(tree, "sequenceNumberForAllocation")
              .put(Long.toString(ordinal), Objects.requireNonNull(tree.get("sequenceNumber")));
          assigned[0] = block.address().plus(ordinal);
        });
    return assigned[0];
  }

  /** Releases all that a handle has in the block, which is one address. */
  void release(String handle) {
    change(
        tree -> {
          List<Object> attributes = list(tree, "attributes");
          List<Object> allocations = list(tree, "allocations");
          for (int i = attributes.size() - 1; i >= 0; i--) {
            if (handle.equals(((Map<?, ?>) attributes.get(i)).get("handle_id"))) {
              int ordinal = allocations.indexOf((long) i);
              allocations.set(ordinal, null);
              list(tree, "unallocated").add((long) ordinal);
              map(tree, "sequenceNumberForAllocation").remove(Integer.toString(ordinal));
              attributes.remove(i);
              long gone = i;
              allocations.replaceAll(a -> a instanceof Long index && index > gone ? index - 1 : a);
            }
          }
        });
    datastore.delete(new IpamKey.Handle(handle), null);
  }

  private static Map<String, Object> attribute(String handle) {
    Map<String, Object> attribute = new LinkedHashMap<>();
    attribute.put("handle_id", handle);
    attribute.put("secondary", SECONDARY);
    return attribute;
  }

  private void change(Consumer<Map<String, Object>> edit) {
    while (true) {
      Entry<AllocationBlock> read = datastore.get(new IpamKey.Block(block)).orElseThrow();
      Map<String, Object> tree = tree(IpamCodec.print(read.value()));
      edit.accept(tree);
      tree.merge("sequenceNumber", 1L, (a, b) -> (Long) a + (Long) b);
      try {
        datastore.update(read.key(), IpamCodec.parseBlock(Json.print(tree)), read.revision());
        return;
      } catch (DatastoreException.Conflict _) {
        // Another was faster.
      }
    }
  }

  /** A block's text as something that can be changed. */
  @SuppressWarnings("unchecked")
  private static Map<String, Object> tree(String json) {
    Map<String, Object> tree =
        new LinkedHashMap<>((Map<String, Object>) Objects.requireNonNull(Json.parse(json)));
    tree.replaceAll(
        (_, value) ->
            switch (value) {
              case List<?> l -> new ArrayList<Object>(l);
              case Map<?, ?> m -> new TreeMap<Object, Object>(m);
              default -> value;
            });
    return tree;
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Map<String, Object> tree, String field) {
    return (List<Object>) Objects.requireNonNull(tree.get(field));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Map<String, Object> tree, String field) {
    return (Map<String, Object>) Objects.requireNonNull(tree.get(field));
  }
}
