package calico.ipam;

import calico.model.Cidr;
import calico.model.Ip;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An allocated address, and who uses it.
 *
 * @param handle null if it has none
 * @param sequenceNumber of the block when it was allocated
 * @param attributes of the owner: pod, namespace, node, type, timestamp ...
 * @param node empty if it is not known
 * @param borrowed whether the block belongs to another node
 * @param coolingDown whether it has been released, and only waits for being used again
 * @param users such as {@code Workload(shop/web)}; several share the address by mistake
 */
public record Allocation(
    Ip ip,
    Cidr block,
    @Nullable String handle,
    long sequenceNumber,
    Map<String, String> attributes,
    String node,
    boolean borrowed,
    boolean coolingDown,
    List<String> users) {

  /** Whether nobody uses it, nor has released it. */
  public boolean leaked() {
    return users.isEmpty() && !coolingDown;
  }
}
