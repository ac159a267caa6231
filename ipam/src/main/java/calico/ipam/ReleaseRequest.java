package calico.ipam;

import calico.model.Ip;
import org.jspecify.annotations.Nullable;

/**
 * Asks to release an address.
 *
 * @param handleId that must hold it, or null not to check
 * @param sequenceNumber of the allocation as the caller saw it, or null not to check
 */
public record ReleaseRequest(Ip ip, @Nullable String handleId, @Nullable Long sequenceNumber) {
  public static ReleaseRequest of(Ip ip) {
    return new ReleaseRequest(ip, null, null);
  }
}
