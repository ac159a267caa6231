package calico.ipam;

import calico.model.Ip;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks for one particular address.
 *
 * @param use checked against the pool's allowedUses, or null not to check
 */
public record AssignIpRequest(
    Ip ip,
    String host,
    @Nullable String handleId,
    Map<String, String> attributes,
    @Nullable Use use) {}
