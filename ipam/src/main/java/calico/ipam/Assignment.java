package calico.ipam;

import calico.model.Family;
import calico.model.InterfaceAddress;
import java.util.List;

/**
 * The answer to an {@link AssignRequest}. It may be short: then each reason tells which family
 * lacks how many, the pools and blocks tried, and the setting that limits.
 *
 * @param addresses with the length of their block
 * @param shortfalls empty exactly if all was assigned
 */
public record Assignment(List<InterfaceAddress> addresses, List<String> shortfalls) {

  public boolean complete() {
    return shortfalls.isEmpty();
  }

  public List<InterfaceAddress> of(Family family) {
    return addresses.stream().filter(a -> a.ip().family() == family).toList();
  }
}
