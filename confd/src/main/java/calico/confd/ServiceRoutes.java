package calico.confd;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.resource.BgpConfigurationSpec.CidrItem;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * The prefixes of Kubernetes services in one family that every node announces whole. Prefixes of a
 * single address are not among them, nor those of load balancers without aggregation: such
 * addresses are announced where a service has them, and no service is known here.
 *
 * @param announced by this node
 * @param foreign of external addresses and load balancers: a route reflector passes on what is in
 *     them
 * @param own all of them: the kernel gets no route into them from BIRD
 */
record ServiceRoutes(
    Family family,
    NavigableSet<Cidr> announced,
    NavigableSet<Cidr> foreign,
    NavigableSet<Cidr> own) {
  /** Kubernetes' label of nodes that load balancers are not to send packets to. */
  private static final String EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers";

  static ServiceRoutes of(Family family, BgpSettings settings) {
    NavigableSet<Cidr> cluster = new TreeSet<>();
    NavigableSet<Cidr> foreign = new TreeSet<>();
    List<Cidr> chosen = settings.config().clusterCidrs();
    if (chosen == null) {
      add(cluster, family, settings.serviceClusterIps());
    } else {
      chosen.stream().filter(cidr -> cidr.family() == family).forEach(cluster::add);
    }
    add(foreign, family, settings.serviceExternalIps());
    if (settings.aggregatesLoadBalancers()) {
      add(foreign, family, settings.serviceLoadBalancerIps());
    }
    foreign.removeIf(Cidr::isHost);
    NavigableSet<Cidr> own = new TreeSet<>(cluster);
    own.addAll(foreign);
    Resource<NodeSpec> self = settings.self();
    Map<String, String> labels = self == null ? Map.of() : self.metadata().labels();
    boolean excluded = "true".equals(labels.get(EXCLUDED));
    return new ServiceRoutes(family, excluded ? new TreeSet<>() : own, foreign, own);
  }

  private static void add(NavigableSet<Cidr> to, Family family, List<CidrItem> items) {
    for (CidrItem item : items) {
      Cidr cidr = Cidr.tryParse(item.cidr());
      if (cidr != null && cidr.family() == family) {
        to.add(cidr);
      }
    }
  }
}
