package calico.felix.dataplane;

import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.RuleRenderer;
import calico.felix.state.StateKey;
import calico.felix.state.StateKey.VtepId;
import calico.felix.state.Vtep;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** One family's rules for what carries packets between nodes, with the nodes that may send it. */
final class TunnelTable {
  private final RuleRenderer renderer;
  private final ObjectLedger ledger;
  private final NodeSet nodes;
  private final NodeSet vxlanNodes;
  private final Map<VtepId, Ip> vteps = new HashMap<>();

  /** Which end an address was last said to be of. */
  private final Map<Ip, VtepId> owners = new HashMap<>();

  /**
   * Some nodes' addresses, and those of external nodes. They are in the kernel only while rules ask
   * for them: a cluster without tunnels does not pay for them.
   */
  private final class NodeSet {
    private final SetKey key;
    private final BiConsumer<SetKey, Cidr> add;
    private final BiConsumer<SetKey, Cidr> remove;
    private final Set<Cidr> members = new HashSet<>(renderer.externalNodes());
    private boolean asked;

    NodeSet(SetKey key, BiConsumer<SetKey, Cidr> add, BiConsumer<SetKey, Cidr> remove) {
      this.key = key;
      this.add = add;
      this.remove = remove;
    }

    void put(Ip ip) {
      if (members.add(ip.toCidr()) && asked) {
        add.accept(key, ip.toCidr());
      }
    }

    void drop(Ip ip) {
      Cidr cidr = ip.toCidr();
      if (!renderer.externalNodes().contains(cidr) && members.remove(cidr) && asked) {
        remove.accept(key, cidr);
      }
    }

    void ask(boolean now) {
      if (now != asked) {
        asked = now;
        members.forEach(cidr -> (now ? add : remove).accept(key, cidr));
      }
    }
  }

  /**
   * @param add puts a prefix into a set
   * @param remove takes it out again
   */
  TunnelTable(
      RuleRenderer renderer,
      ObjectLedger ledger,
      BiConsumer<SetKey, Cidr> add,
      BiConsumer<SetKey, Cidr> remove) {
    this.renderer = renderer;
    this.ledger = ledger;
    this.nodes = new NodeSet(renderer.ipipNodes(), add, remove);
    this.vxlanNodes = new NodeSet(renderer.vxlanNodes(), add, remove);
    nodes.ask(alwaysAsked());
  }

  /** Whether NAT asks who is a node. */
  private boolean alwaysAsked() {
    return !renderer.nodeIpSets().isEmpty();
  }

  /** An address of some node, or of none any more. */
  void nodeIp(Ip ip, boolean present) {
    if (ip.family() != renderer.family()) {
      return;
    }
    if (present) {
      nodes.put(ip);
    } else {
      nodes.drop(ip);
    }
  }

  /** Takes what concerns tunnels; null if it is gone. */
  void put(StateKey.Routing<?> key, @Nullable Object value) {
    boolean present = value != null;
    switch (key) {
      case VtepId id -> {
        if (id.family() == renderer.family()) {
          vtep(id, value == null ? null : ((Vtep) value).nodeIp());
        }
      }
      case StateKey.OwnVtepId id -> {
        if (id.family() == renderer.family()) {
          if (present) {
            ledger.put(id, renderer.vxlan());
          } else {
            ledger.remove(id);
          }
          vxlanNodes.ask(present);
        }
      }
      case StateKey.OwnIpipId id -> {
        if (renderer.family() == Family.IPV4) {
          if (present) {
            ledger.put(id, renderer.ipip());
          } else {
            ledger.remove(id);
          }
          nodes.ask(present || alwaysAsked());
        }
      }
      case StateKey.RouteId _,
          StateKey.OwnIpId _,
          StateKey.WireguardRouteId _,
          StateKey.WireguardPeerId _,
          StateKey.OwnWireguardId _ -> {}
    }
  }

  private void vtep(VtepId id, @Nullable Ip ip) {
    Ip before = ip == null ? vteps.remove(id) : vteps.put(id, ip);
    if (before != null && !before.equals(ip) && owners.remove(before, id)) {
      vxlanNodes.drop(before);
    }
    if (ip != null) {
      owners.put(ip, id);
      vxlanNodes.put(ip);
    }
  }
}
