package calico.ctl;

import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.model.ipam.AllocationBlock;
import calico.model.key.Query;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The table of addresses that nodes have from blocks of other nodes, or of none. */
final class BorrowedAddresses {
  private BorrowedAddresses() {}

  static String text(Datastore datastore) {
    List<AllocationBlock> blocks =
        datastore.list(new Query.Blocks(null)).entries().stream()
            .map(Entry::value)
            .sorted(Comparator.comparing(AllocationBlock::cidr))
            .toList();
    List<List<String>> rows = new ArrayList<>();
    int unknown = 0;
    for (AllocationBlock block : blocks) {
      String affinity = block.affinity() == null ? "" : block.affinity();
      String owner = affinity.substring(affinity.indexOf(':') + 1);
      for (int i = 0; i < block.allocations().size(); i++) {
        Integer index = block.allocations().get(i);
        if (index == null || index < 0 || index >= block.attributes().size()) {
          continue;
        }
        Map<String, String> holder = block.attributes().get(index).secondary();
        String node = holder.get("node");
        if (node == null) {
          unknown++;
        } else if (!node.equals(owner)) {
          rows.add(row(block, i, owner, node, holder));
        }
      }
    }
    String table =
        new TextTable(
                List.of("IP", "BORROWING-NODE", "BLOCK", "BLOCK OWNER", "TYPE", "ALLOCATED-TO"),
                rows)
            .boxed(6);
    return unknown == 0
        ? table
        : table
            + "%nNote: found %d IP allocations without an explicit node association. Unable to determine if they are borrowed.%n"
                .formatted(unknown);
  }

  private static List<String> row(
      AllocationBlock block, int ordinal, String owner, String node, Map<String, String> holder) {
    String namespace = holder.getOrDefault("namespace", "");
    String type = holder.getOrDefault("type", "");
    String to = "";
    if (holder.containsKey("vmi")) {
      type = "vmi";
      to = namespace + "/" + holder.get("vmi");
    } else if (holder.containsKey("pod")) {
      type = "pod";
      to = namespace + "/" + holder.get("pod");
    }
    return List.of(
        block.cidr().address().plus(ordinal).toString(),
        node,
        block.cidr().toString(),
        owner,
        type,
        to);
  }
}
