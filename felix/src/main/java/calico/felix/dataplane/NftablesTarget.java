package calico.felix.dataplane;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftKey.ElementKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.NftObject.NftChain;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.NftObject.NftSet;
import calico.felix.rules.NftRenderer;
import calico.felix.rules.NftRule;
import calico.netlink.NetlinkException;
import calico.netlink.nftables.Chain;
import calico.netlink.nftables.DataType;
import calico.netlink.nftables.Element;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Nftables;
import calico.netlink.nftables.Operation;
import calico.netlink.nftables.Rule;
import calico.netlink.nftables.SetSpec;
import calico.netlink.nftables.Table;
import calico.reconcile.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One nftables table, all of it ours. A batch is one transaction.
 *
 * <p>The kernel takes all of a transaction or none. When it refuses one, the operations that it
 * names are left out and the rest is tried again: a chain that cannot be programmed is replaced by
 * one that denies. But first the table is read back, because a refusal may only mean that somebody
 * else changed it.
 */
final class NftablesTarget implements Target<NftKey, NftObject> {
  private static final int ENOENT = 2;

  private final Nftables nftables;
  private final Table table;
  private final NftChain closed;
  private final Runnable onCommit;

  /** What the table holds, as far as a transaction has to know it. */
  private final Map<String, SetSpec> sets = new HashMap<>();

  private final Map<ElementKey, Element> mapElements = new HashMap<>();
  private final Map<String, NftChain> baseChains = new HashMap<>();
  private boolean readBackIsFresh;

  /** What the ruleset's generation was before it was read back, less our commits until then. */
  private int foreignGeneration;

  /**
   * A target for one table.
   *
   * @param closed content of a chain that cannot have its own
   * @param onCommit called after each transaction that the kernel took
   */
  NftablesTarget(Nftables nftables, Table table, NftChain closed, Runnable onCommit) {
    this.onCommit = onCommit;
    this.nftables = nftables;
    this.table = table;
    this.closed = closed;
  }

  private int readForeignGeneration() {
    return nftables.generation() - nftables.commits();
  }

  /** Every commit raises the generation by one: by no more than our own has nobody else's. */
  @Override
  public boolean isUntouched() {
    return readForeignGeneration() == foreignGeneration;
  }

  @Override
  public Map<NftKey, NftObject> list() {
    foreignGeneration = readForeignGeneration();
    sets.clear();
    mapElements.clear();
    baseChains.clear();
    Map<NftKey, NftObject> found = new HashMap<>();
    Map<String, List<NftRule>> rules = new HashMap<>();
    for (Rule rule : nftables.rules(table)) {
      rules
          .computeIfAbsent(rule.chain(), _ -> new ArrayList<>())
          .add(new NftRule(rule.expressions(), rule.comment()));
    }
    boolean isDormant = nftables.isDormant(table);
    for (Chain chain : nftables.chains(table)) {
      if (isDormant && chain.base() != null) {
        continue; // attached to nothing; our next transaction wakes the table
      }
      NftChain content = new NftChain(chain.base(), rules.getOrDefault(chain.name(), List.of()));
      found.put(new ChainKey(chain.name()), content);
      if (chain.base() != null) {
        baseChains.put(chain.name(), content);
      }
    }
    for (SetSpec set : nftables.sets(table)) {
      sets.put(set.name(), set);
      found.put(new SetKey(set.name()), new NftSet(set));
      for (Element element : nftables.elements(table, set)) {
        ElementKey key = new ElementKey(set.name(), element.from(), element.to());
        found.put(key, new NftElement(element));
        remember(key, element);
      }
    }
    readBackIsFresh = true;
    return found;
  }

  private void remember(ElementKey key, Element element) {
    if (element.data() != null) {
      mapElements.put(key, element);
    }
  }

  /**
   * The kernel puts new rules, and elements that are found by a hash, into force at once, but what
   * is in sets of ranges a little later. So new sets and new rows of tables come before what leads
   * to them. A packet that is on its way goes on as it began but looks elements up as they are by
   * then: so what nothing leads to any more goes after. An attached chain that goes is emptied
   * first: for packets that come between the commit and its detaching the kernel has its old rules,
   * but the new ones of what they lead to. A table without attached chains comes as a whole: what
   * is half made guards nothing, and whoever finds it after our death takes it for a table that
   * does.
   */
  @Override
  public Map<NftKey, Exception> apply(Map<NftKey, NftObject> updates, Set<NftKey> deletions) {
    if (baseChains.isEmpty()) {
      return commit(updates, deletions, Map.of());
    }
    Map<NftKey, NftObject> ahead = new LinkedHashMap<>();
    Map<NftKey, NftObject> others = new LinkedHashMap<>();
    updates.forEach((key, object) -> (isAhead(key, updates) ? ahead : others).put(key, object));
    Set<NftKey> after = new HashSet<>();
    Set<NftKey> now = new HashSet<>();
    for (NftKey key : deletions) {
      NftChain attached = key instanceof ChainKey chain ? baseChains.get(chain.name()) : null;
      if (attached != null) {
        others.put(key, new NftChain(attached.base(), List.of()));
      }
      (isLate(key, deletions) ? after : now).add(key);
    }
    boolean leadToThem =
        others.keySet().stream().anyMatch(key -> key instanceof ChainKey || isOfMap(key));
    if (!leadToThem) {
      others.putAll(ahead);
      ahead.clear();
    }
    Map<NftKey, Exception> failed = commit(ahead, Set.of(), Map.of());
    failed = commit(others, now, failed);
    return commit(Map.of(), after, failed);
  }

  /** Not of verdict maps, whose elements refer to chains. */
  private boolean isAhead(NftKey key, Map<NftKey, NftObject> updates) {
    String name =
        switch (key) {
          case SetKey set -> set.name();
          case ElementKey element -> element.set();
          case ChainKey _ -> "";
        };
    SetSpec there = sets.get(name);
    return there != null
        ? isOfRows(there)
        : updates.get(new SetKey(name)) instanceof NftSet set
            && !(set.spec().target() instanceof SetSpec.MapTarget.ToVerdict);
  }

  /** Whether a set has ranges in several fields and gives values. */
  private static boolean isOfRows(@Nullable SetSpec set) {
    return set != null
        && set.interval()
        && set.concatenated()
        && set.target() instanceof SetSpec.MapTarget.ToValue;
  }

  /** Not of what leads elsewhere: only of what has been led to. */
  private boolean isLate(NftKey key, Set<NftKey> deletions) {
    return switch (key) {
      case ChainKey _, SetKey _ -> true;
      case ElementKey element ->
          deletions.contains(new SetKey(element.set()))
              || NftRenderer.WORKLOAD_CHAINS.contains(element.set())
              || isLedTo(sets.get(element.set()));
    };
  }

  /** Whether its keys begin with a number that another map gave. */
  private static boolean isLedTo(@Nullable SetSpec set) {
    return set != null
        && set.target() != null
        && (set.key().getFirst() == DataType.MARK || set.key().getFirst() == DataType.NETWORK_MARK);
  }

  private boolean isOfMap(NftKey key) {
    SetSpec set = key instanceof ElementKey element ? sets.get(element.set()) : null;
    return set != null && set.target() != null;
  }

  /**
   * @param before what has failed of the same batch already
   * @return that and what fails now
   */
  private Map<NftKey, Exception> commit(
      Map<NftKey, NftObject> updates, Set<NftKey> deletions, Map<NftKey, Exception> before) {
    Map<NftKey, Exception> failed = new HashMap<>(before);
    Set<NftKey> leftOut = new HashSet<>();
    Set<NftKey> denying = new HashSet<>();
    before.forEach((key, e) -> denyUsers(key, e, updates, failed, denying));
    Set<String> oneByOne = new HashSet<>();
    while (true) {
      Map<NftKey, NftObject> puts = updates;
      Set<NftKey> removes = deletions;
      if (!denying.isEmpty() || !leftOut.isEmpty()) {
        puts = new HashMap<>(updates);
        removes = new HashSet<>(deletions);
        for (NftKey key : denying) {
          puts.put(key, closed);
        }
        puts.keySet().removeAll(leftOut);
        removes.removeAll(leftOut);
      }
      if (puts.isEmpty() && removes.isEmpty()) {
        return failed;
      }
      NftTransaction transaction =
          new NftTransaction(table, sets, mapElements, baseChains, oneByOne, puts, removes);
      try {
        nftables.commit(transaction.batch());
        onCommit.run();
        for (NftKey key : transaction.homeless()) {
          failed.putIfAbsent(key, new IllegalStateException("its set is not there"));
        }
        committed(puts, removes, Set.copyOf(transaction.homeless()));
        return failed;
      } catch (NetlinkException e) {
        if (!readBackIsFresh || !blame(e, transaction, failed, leftOut, denying, oneByOne)) {
          throw e;
        }
        Map.copyOf(failed).forEach((key, why) -> denyUsers(key, why, updates, failed, denying));
      }
    }
  }

  /**
   * A chain that is to be written together with a set's element would be another policy without the
   * element, perhaps a more open one.
   */
  private static void denyUsers(
      NftKey key,
      Exception why,
      Map<NftKey, NftObject> updates,
      Map<NftKey, Exception> failed,
      Set<NftKey> denying) {
    if (key instanceof ElementKey element) {
      updates.forEach(
          (user, object) -> {
            if (object instanceof NftChain chain
                && chain.base() == null
                && looksUp(chain, element.set())
                && denying.add(user)) {
              failed.put(user, why);
            }
          });
    }
  }

  private static boolean looksUp(NftChain chain, String set) {
    return chain.rules().stream()
        .flatMap(rule -> rule.expressions().stream())
        .anyMatch(
            expr ->
                (expr instanceof Expr.Lookup lookup && lookup.set().equals(set))
                    || (expr instanceof Expr.MapLookup map && map.map().equals(set)));
  }

  /**
   * Finds what the kernel refused; false if it did not say, or said so before, or does not even
   * take that a chain denies: then that would go on with its old rules among new ones of others.
   */
  private static boolean blame(
      NetlinkException e,
      NftTransaction transaction,
      Map<NftKey, Exception> failed,
      Set<NftKey> leftOut,
      Set<NftKey> denying,
      Set<String> oneByOne) {
    List<NetlinkException> errors = new ArrayList<>();
    errors.add(e);
    for (Throwable also : e.getSuppressed()) {
      if (also instanceof NetlinkException n) {
        errors.add(n);
      }
    }
    // What is not there may be missing only because its own creation failed: blame that first.
    if (errors.stream().anyMatch(n -> n.errno() != ENOENT)) {
      errors.removeIf(n -> n.errno() == ENOENT);
    }
    boolean progress = false;
    Set<NftKey> denied = Set.copyOf(denying);
    for (NetlinkException error : errors) {
      for (NftTransaction.Step step : transaction.stepsOf(error.request())) {
        if (step.keys().size() > 1) {
          progress |= oneByOne.add(setOf(step.operation()));
          continue;
        }
        for (NftKey key : step.keys()) {
          boolean alreadyGone =
              error.errno() == ENOENT && step.operation() instanceof Operation.DeleteElements;
          if (!alreadyGone) {
            failed.put(key, error);
          }
          boolean closable = key instanceof ChainKey && !transaction.isBase(key);
          if (closable && !denied.contains(key)) {
            progress |= denying.add(key); // not so for its other rules
          } else if (closable && !(step.operation() instanceof Operation.AddChain)) {
            return false;
          } else {
            progress |= leftOut.add(key);
          }
        }
      }
    }
    return progress;
  }

  private static String setOf(Operation operation) {
    return switch (operation) {
      case Operation.AddElements add -> add.set().name();
      case Operation.DeleteElements delete -> delete.set().name();
      default -> "";
    };
  }

  private void committed(Map<NftKey, NftObject> puts, Set<NftKey> removes, Set<NftKey> homeless) {
    readBackIsFresh = false;
    for (NftKey key : removes) {
      switch (key) {
        case SetKey set -> sets.remove(set.name());
        case ChainKey chain -> baseChains.remove(chain.name());
        case ElementKey element -> mapElements.remove(element);
      }
    }
    puts.forEach(
        (key, object) -> {
          switch (object) {
            case NftSet set -> sets.put(set.spec().name(), set.spec());
            case NftElement element -> {
              if (!homeless.contains(key)) {
                remember((ElementKey) key, element.element());
              }
            }
            case NftChain chain -> {
              if (chain.base() != null) {
                baseChains.put(((ChainKey) key).name(), chain);
              }
            }
          }
        });
  }
}
