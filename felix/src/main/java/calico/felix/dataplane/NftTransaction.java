package calico.felix.dataplane;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftKey.ElementKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.NftObject.NftChain;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.NftObject.NftSet;
import calico.felix.rules.NftRule;
import calico.netlink.nftables.Batch;
import calico.netlink.nftables.Element;
import calico.netlink.nftables.Operation;
import calico.netlink.nftables.SetSpec;
import calico.netlink.nftables.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Puts changes of a table into an order that the kernel takes: what is referred to comes before
 * what refers to it, and goes after it.
 *
 * <pre>
 * elements that go; sets that come; chains that come; chains emptied; rules; elements that come;
 * chains that go; sets that go
 * </pre>
 */
final class NftTransaction {
  private final Batch batch;
  private final Map<String, SetSpec> sets;
  private final Map<ElementKey, Element> mapElements;
  private final Map<String, NftChain> baseChains;
  private final Set<String> oneByOne;
  private final Map<NftKey, NftObject> puts;
  private final Set<NftKey> removes;
  private final List<Step> steps = new ArrayList<>();
  private final List<NftKey> homeless = new ArrayList<>();

  /** An operation and the objects that it is about. */
  record Step(Operation operation, List<NftKey> keys) {}

  /**
   * Builds the transaction.
   *
   * @param sets what is there
   * @param mapElements what is there, of maps
   * @param baseChains what is there, of attached chains
   * @param oneByOne sets whose elements go into operations of their own, to find the bad one
   */
  NftTransaction(
      Table table,
      Map<String, SetSpec> sets,
      Map<ElementKey, Element> mapElements,
      Map<String, NftChain> baseChains,
      Set<String> oneByOne,
      Map<NftKey, NftObject> puts,
      Set<NftKey> removes) {
    this.batch = new Batch(table);
    this.sets = sets;
    this.mapElements = mapElements;
    this.baseChains = baseChains;
    this.oneByOne = oneByOne;
    this.puts = puts;
    this.removes = removes;
    batch.addTable();
    step(List.of());
    removeElements();
    addSets();
    chains();
    addElements();
    removeChainsAndSets();
  }

  Batch batch() {
    return batch;
  }

  /** Elements that were not added because their set is not there. */
  List<NftKey> homeless() {
    return homeless;
  }

  /** The steps whose operation describes itself so. */
  List<Step> stepsOf(String request) {
    return steps.stream().filter(s -> s.operation().toString().equals(request)).toList();
  }

  boolean isBase(NftKey key) {
    return puts.get(key) instanceof NftChain chain && chain.base() != null;
  }

  private void step(List<NftKey> keys) {
    List<Operation> operations = batch.operations();
    while (steps.size() < operations.size()) {
      steps.add(new Step(operations.get(steps.size()), keys));
    }
  }

  private void removeElements() {
    Map<String, List<ElementKey>> bySet = new LinkedHashMap<>();
    for (NftKey key : removes) {
      // A set that goes takes its elements with it; but the chains that a map leads to go before.
      if (key instanceof ElementKey e
          && (!removes.contains(new SetKey(e.set())) || mapElements.containsKey(e))) {
        bySet.computeIfAbsent(e.set(), _ -> new ArrayList<>()).add(e);
      }
    }
    for (NftKey key : puts.keySet()) {
      // A map's element cannot be changed in place.
      if (key instanceof ElementKey e && mapElements.containsKey(e)) {
        bySet.computeIfAbsent(e.set(), _ -> new ArrayList<>()).add(e);
      }
    }
    bySet.forEach(
        (name, keys) -> {
          SetSpec spec = sets.get(name);
          if (spec != null) {
            elements(
                name,
                keys,
                list -> batch.deleteElements(spec, list.stream().map(this::there).toList()));
          }
        });
  }

  private Element there(ElementKey key) {
    Element known = mapElements.get(key);
    return known != null ? known : new Element(key.from(), key.to(), null);
  }

  private void elements(String set, List<ElementKey> keys, Consumer<List<ElementKey>> add) {
    if (oneByOne.contains(set)) {
      for (ElementKey key : keys) {
        add.accept(List.of(key));
        step(List.of(key));
      }
    } else {
      add.accept(keys);
      step(List.copyOf(keys));
    }
  }

  private void addSets() {
    puts.forEach(
        (key, object) -> {
          if (object instanceof NftSet set) {
            batch.addSet(set.spec());
            step(List.of(key));
          }
        });
  }

  private void chains() {
    puts.forEach(
        (key, object) -> {
          if (key instanceof ChainKey k && object instanceof NftChain chain) {
            NftChain there = baseChains.get(k.name());
            if (there != null && !Objects.equals(there.base(), chain.base())) {
              batch.flushChain(k.name()).deleteChain(k.name());
            }
            batch.addChain(k.name(), chain.base()).flushChain(k.name());
            step(List.of(key));
          }
        });
    for (NftKey key : removes) {
      if (key instanceof ChainKey k) {
        batch.flushChain(k.name());
        step(List.of(key));
      }
    }
    puts.forEach(
        (key, object) -> {
          if (key instanceof ChainKey k && object instanceof NftChain chain) {
            for (NftRule rule : chain.rules()) {
              batch.addRule(k.name(), rule.expressions(), rule.comment());
            }
            step(List.of(key));
          }
        });
  }

  private void addElements() {
    Map<String, List<ElementKey>> bySet = new LinkedHashMap<>();
    for (NftKey key : puts.keySet()) {
      if (key instanceof ElementKey e) {
        bySet.computeIfAbsent(e.set(), _ -> new ArrayList<>()).add(e);
      }
    }
    bySet.forEach(
        (name, keys) -> {
          SetSpec spec = puts.get(new SetKey(name)) instanceof NftSet s ? s.spec() : sets.get(name);
          if (spec == null) {
            homeless.addAll(keys);
            return;
          }
          elements(
              name, keys, list -> batch.addElements(spec, list.stream().map(this::put).toList()));
        });
  }

  private Element put(ElementKey key) {
    return ((NftElement) Objects.requireNonNull(puts.get(key))).element();
  }

  private void removeChainsAndSets() {
    for (NftKey key : removes) {
      if (key instanceof ChainKey k) {
        batch.deleteChain(k.name());
        step(List.of(key));
      }
    }
    for (NftKey key : removes) {
      if (key instanceof SetKey k) {
        batch.deleteSet(k.name());
        step(List.of(key));
      }
    }
  }
}
