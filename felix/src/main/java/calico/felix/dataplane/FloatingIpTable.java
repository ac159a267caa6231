package calico.felix.dataplane;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.RuleRenderer;
import calico.felix.state.FloatingIp;
import calico.felix.state.StateKey.FloatingIpId;
import calico.model.Ip;
import calico.reconcile.Reconciler;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One family's translations of floating addresses. A workload that has several of them talks to
 * itself under the lowest.
 */
final class FloatingIpTable {
  private final RuleRenderer renderer;
  private final Reconciler<NftKey, NftObject> table;
  private final Map<FloatingIpId, Ip> internal = new HashMap<>();
  private final Claims<Ip, Ip> byInternal = new Claims<>(Comparator.<Ip>naturalOrder());

  FloatingIpTable(RuleRenderer renderer, Reconciler<NftKey, NftObject> table) {
    this.renderer = renderer;
    this.table = table;
  }

  /** Sets a floating address, or with null removes it. */
  void put(FloatingIpId id, @Nullable FloatingIp to) {
    Ip external = id.external();
    if (external.family() != renderer.family()) {
      return;
    }
    Ip old = to == null ? internal.remove(id) : internal.put(id, to.internal());
    if (old != null && (to == null || !old.equals(to.internal()))) {
      renderer.floatingDnat(external, old).keySet().forEach(table::undesire);
      byInternal.remove(old, external);
      refreshSnat(old);
    }
    if (to != null) {
      renderer.floatingDnat(external, to.internal()).forEach(table::desire);
      byInternal.add(to.internal(), external);
      refreshSnat(to.internal());
    }
  }

  private void refreshSnat(Ip workload) {
    Ip external = byInternal.winner(workload);
    if (external == null) {
      renderer.floatingSnat(workload, workload).keySet().forEach(table::undesire);
    } else {
      renderer.floatingSnat(external, workload).forEach(table::desire);
    }
  }
}
