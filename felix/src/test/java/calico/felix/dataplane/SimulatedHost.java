package calico.felix.dataplane;

import calico.felix.dataplane.FakeNetwork.Link;
import calico.felix.dataplane.FakeNetwork.RouteKey;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.nftables.Match;
import calico.netlink.nftables.Operation;
import calico.netlink.nftables.Table;
import calico.netlink.nftables.TableFamily;
import calico.reconcile.Target;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

/** A host whose kernel is played, and the others that change things there. */
final class SimulatedHost {
  static final List<String> WORKLOADS = List.of("cali1", "cali2", "cali3");
  private static final Ip OWN = Ip.parse("192.0.2.1");
  private static final Table FOREIGN = new Table(TableFamily.IP, "foreign");
  private static final Cidr FOREIGN_ROUTE = Cidr.parse("203.0.113.0/24");

  final FakeKernel kernel;
  private final Random random;
  private final boolean ipv6;
  private final Map<Path, String> settings = new HashMap<>();

  SimulatedHost(Random random, boolean ipv6, FakeNftables.Teller listener) {
    this.random = random;
    this.ipv6 = ipv6;
    this.kernel = new FakeKernel(listener);
    int uplink = kernel.network.add("eth0", true, OWN);
    kernel.network.addForeignRoute(FOREIGN_ROUTE, uplink, 4);
    WORKLOADS.forEach(name -> kernel.network.add(name, random.nextInt(4) > 0));
    foreign(new Operation.AddTable(FOREIGN));
    foreign(new Operation.AddChain(FOREIGN, "c", null));
    foreign(rule(FOREIGN, "c"));
  }

  private static Operation rule(Table table, String chain) {
    return new Operation.AddRule(table, chain, List.of(Match.accept()), "stray");
  }

  private static int number(Table table) {
    return table.family() == TableFamily.IP ? 2 : 10;
  }

  private void foreign(Operation operation) {
    kernel.nftables.change(
        FakeNftables.call(operation.message(), number(operation.table()), operation::attributes));
  }

  private Table ours() {
    return Kernel.table(ipv6 && random.nextBoolean() ? Family.IPV6 : Family.IPV4);
  }

  /** Somebody changes one of our tables, if it is there. */
  void tamperWithTables() {
    Table table = ours();
    List<String> chains = kernel.nftables.regularChains(number(table), table.name());
    List<String> sets = kernel.nftables.filledSets(number(table), table.name());
    if (chains.isEmpty() || sets.isEmpty()) {
      return;
    }
    String chain = chains.get(random.nextInt(chains.size()));
    foreign(
        switch (random.nextInt(8)) {
          case 0 -> new Operation.DeleteTable(table);
          case 1 -> new Operation.FlushRules(table, null);
          case 2 -> new Operation.FlushRules(table, chain);
          case 3 -> new Operation.DeleteChain(table, chain);
          case 4 -> new Operation.AddChain(table, "stray" + random.nextInt(3), null);
          case 5 -> new Operation.FlushSet(table, sets.get(random.nextInt(sets.size())));
          default -> rule(table, chain);
        });
  }

  /** Somebody commits to a table of his own. */
  void commitElsewhere() {
    foreign(new Operation.AddTable(FOREIGN));
  }

  /** Somebody deletes a route to a workload. */
  void removeRoute() {
    List<RouteKey> ours =
        kernel.network.routes.keySet().stream()
            .filter(key -> !key.destination().equals(FOREIGN_ROUTE))
            .sorted(Comparator.comparing(RouteKey::toString))
            .toList();
    if (!ours.isEmpty()) {
      kernel.network.removeRoute(ours.get(random.nextInt(ours.size())));
    }
  }

  /** A workload's interface goes up, down, away, comes again, or has another name. */
  void changeLink() {
    String name = WORKLOADS.get(random.nextInt(WORKLOADS.size()));
    FakeNetwork network = kernel.network;
    Link link = network.link(name);
    Link renamed = network.link("x" + name);
    if (link == null && renamed != null) {
      rename(renamed, name);
    } else if (link == null) {
      network.add(name, true);
    } else if (!link.up()) {
      network.put(new Link(link.index(), name, true));
    } else {
      switch (random.nextInt(4)) {
        case 0 -> network.remove(link);
        case 1 -> {
          network.remove(link);
          network.add(name, true);
        }
        case 2 -> rename(link, "x" + name);
        default -> {
          network.forget(link.index(), random.nextBoolean());
          network.put(new Link(link.index(), name, false));
          if (random.nextBoolean()) {
            network.put(new Link(link.index(), name, true));
          }
        }
      }
    }
    settings.keySet().removeIf(path -> !exists(path));
  }

  private void rename(Link link, String name) {
    Map<Path, String> moved = new HashMap<>();
    settings.forEach(
        (path, value) ->
            moved.put(
                Path.of(path.toString().replace("/" + link.name() + "/", "/" + name + "/")),
                value));
    settings.clear();
    settings.putAll(moved);
    kernel.network.forget(link.index(), false);
    kernel.network.put(new Link(link.index(), link.name(), false));
    kernel.network.put(new Link(link.index(), name, link.up()));
  }

  private boolean exists(Path path) {
    String name = path.getName(path.getNameCount() - 2).toString();
    boolean ofLink = name.startsWith("cali") || name.startsWith("xcali");
    return !ofLink || kernel.network.link(name) != null;
  }

  /** A connection to a workload's address begins. */
  void connect() {
    kernel.network.connect(OWN, Ip.parse("10.0.0.0").plus(1 + random.nextInt(3)));
  }

  /** The settings, as one process knows them. */
  Target<Path, String> settings(FakeKernel.Faults faults) {
    Map<Path, String> written = new HashMap<>();
    return new Target<>() {
      @Override
      public Map<Path, String> list() {
        Map<Path, String> found = new HashMap<>();
        written.keySet().stream()
            .filter(settings::containsKey)
            .forEach(path -> found.put(path, settings.getOrDefault(path, "")));
        return found;
      }

      @Override
      public Map<Path, Exception> apply(Map<Path, String> updates, Set<Path> deletions) {
        written.keySet().removeAll(deletions);
        Map<Path, Exception> failed = new HashMap<>();
        updates.forEach(
            (path, value) -> {
              faults.before();
              if (exists(path) && faults.refusal() == 0) {
                settings.put(path, value);
                written.put(path, value);
              } else {
                failed.put(path, new IllegalStateException("refused"));
              }
              faults.after();
            });
        return failed;
      }
    };
  }

  /**
   * What is not as it should be, or an empty text.
   *
   * @param workloads addresses by name of the interface
   */
  String difference(Map<String, List<Cidr>> workloads, Supplier<String> tables) {
    Map<RouteKey, Integer> expected = new HashMap<>();
    Map<RouteKey, Integer> actual = new HashMap<>();
    StringBuilder text = new StringBuilder(tables.get());
    expected.put(new RouteKey(FOREIGN_ROUTE, 1024), index("eth0"));
    int neighbours = 0;
    for (Map.Entry<String, List<Cidr>> e : workloads.entrySet()) {
      Link link = kernel.network.link(e.getKey());
      if (link == null || !link.up()) {
        continue;
      }
      for (Cidr cidr : e.getValue()) {
        expected.put(new RouteKey(cidr, 1024), link.index());
        neighbours++;
      }
      for (Map.Entry<Path, String> setting :
          InterfaceSettings.workload(link.name(), ipv6, InterfaceSettings.sourceCheck())
              .entrySet()) {
        if (!setting.getValue().equals(settings.get(setting.getKey()))) {
          text.append("\nsetting ").append(setting);
        }
      }
    }
    // What was left on an interface before it got another name cannot be known as ours.
    Set<Integer> ours = new HashSet<>();
    for (Link link : kernel.network.links.values()) {
      if (!link.name().startsWith("x")) {
        ours.add(link.index());
      }
    }
    kernel.network.routes.forEach(
        (key, route) -> {
          if (ours.contains(route.index())) {
            actual.put(key, route.index());
          }
        });
    long found =
        kernel.network.neighbours.keySet().stream().filter(n -> ours.contains(n.index())).count();
    if (!actual.equals(expected)) {
      text.append("\nroutes ").append(actual).append(" instead of ").append(expected);
    }
    if (found != neighbours) {
      text.append("\nneighbours ").append(kernel.network.neighbours.keySet());
    }
    if (!kernel.nftables.regularChains(2, "foreign").equals(List.of("c"))) {
      text.append("\nthe other's table is not as it was");
    }
    return text.toString();
  }

  private int index(String name) {
    Link link = kernel.network.link(name);
    return link == null ? 0 : link.index();
  }
}
