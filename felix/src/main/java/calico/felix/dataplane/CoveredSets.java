package calico.felix.dataplane;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.RuleRenderer;
import calico.model.Cidr;
import calico.reconcile.Reconciler;
import java.util.HashMap;
import java.util.Map;

/** The prefixes in one family's sets of prefixes; those inside of others are not written. */
final class CoveredSets {
  private final RuleRenderer renderer;
  private final Reconciler<NftKey, NftObject> table;
  private final Map<SetKey, PrefixCover> covers = new HashMap<>();

  CoveredSets(RuleRenderer renderer, Reconciler<NftKey, NftObject> table) {
    this.renderer = renderer;
    this.table = table;
  }

  /** Adds a prefix, if it is of this family. */
  void add(SetKey set, Cidr net) {
    if (net.family() == renderer.family()) {
      covers
          .computeIfAbsent(set, _ -> new PrefixCover())
          .add(net, c -> appear(set, c), c -> vanish(set, c));
    }
  }

  void remove(SetKey set, Cidr net) {
    PrefixCover cover = covers.get(set);
    if (cover != null) {
      cover.remove(net, c -> appear(set, c), c -> vanish(set, c));
      if (cover.members().isEmpty()) {
        covers.remove(set);
      }
    }
  }

  private void appear(SetKey set, Cidr net) {
    NftElement element = renderer.net(net);
    table.desire(element.key(set), element);
  }

  private void vanish(SetKey set, Cidr net) {
    table.undesire(renderer.net(net).key(set));
  }
}
