package calico.felix.rules;

import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.NftObject.NftSet;
import calico.felix.tables.PortRange;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.resource.Port;
import calico.netlink.nftables.DataType;
import calico.netlink.nftables.Element;
import calico.netlink.nftables.SetSpec;
import calico.netlink.nftables.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Sets for the lists that a rule itself spells out: any number of prefixes or ports costs one
 * lookup. They are named by their content, so equal lists share one set, and one that changes is a
 * new one.
 */
final class ConstantSets {
  private final Family family;
  private final Map<NftKey, NftObject> objects = new HashMap<>();

  ConstantSets(Family family) {
    this.family = family;
  }

  Map<NftKey, NftObject> objects() {
    return objects;
  }

  /** Of one family; those inside of others are left out, because ranges may not overlap. */
  SetKey nets(List<Cidr> nets) {
    List<Element> elements = new ArrayList<>();
    Cidr last = null;
    for (Cidr net : nets.stream().distinct().sorted().toList()) {
      if (last == null || !last.contains(net)) {
        elements.add(element(net));
        last = net;
      }
    }
    return set(family == Family.IPV4 ? DataType.IPV4_ADDR : DataType.IPV6_ADDR, elements);
  }

  /** Ranges that overlap or touch become one. */
  SetKey ports(List<Port> ports) {
    List<Element> elements = new ArrayList<>();
    for (PortRange range : PortRange.union(ports)) {
      elements.add(Element.range(Value.be16(range.min()), Value.be16(range.max())));
    }
    return set(DataType.INET_SERVICE, elements);
  }

  SetKey protocols(List<Integer> numbers) {
    List<Element> elements = new ArrayList<>();
    for (int number : numbers) {
      elements.add(Element.of(Value.u8(number)));
    }
    return set(DataType.INET_PROTO, elements);
  }

  private SetKey set(DataType type, List<Element> elements) {
    SetKey key = ObjectNames.constant(family, type + " " + elements);
    boolean interval = type != DataType.INET_PROTO;
    objects.put(
        key,
        new NftSet(interval ? SetSpec.intervals(key.name(), type) : SetSpec.set(key.name(), type)));
    for (Element element : elements) {
      NftElement object = new NftElement(element);
      objects.put(object.key(key), object);
    }
    return key;
  }

  static Element element(Cidr net) {
    Value first = Value.of(net.address().toBytes());
    return net.isHost() ? Element.of(first) : Element.range(first, Value.of(net.last().toBytes()));
  }
}
