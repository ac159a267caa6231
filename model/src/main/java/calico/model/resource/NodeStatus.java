package calico.model.resource;

import calico.model.Family;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a Node's status says.
 *
 * @param wireguardPublicKey of its IPv4 device, base64; null if that does not run
 * @param wireguardPublicKeyV6 of its IPv6 device, base64; null if that does not run
 */
public record NodeStatus(
    @Nullable String wireguardPublicKey, @Nullable String wireguardPublicKeyV6, Unknown unknown) {
  private static final int KEY_BYTES = 32;
  private static final NodeStatus NONE = new NodeStatus(null, null, Unknown.NONE);

  /** The status of a Node; one that cannot be read counts as absent. */
  public static NodeStatus of(Resource<NodeSpec> node) {
    try {
      return node.status() == null
          ? NONE
          : ResourceCodec.decodeRecord(NodeStatus.class, node.status());
    } catch (DecodeException _) {
      return NONE;
    }
  }

  /** The public key of the family's device in its usual form; null if there is no valid one. */
  public @Nullable String publicKey(Family family) {
    String text = family == Family.IPV4 ? wireguardPublicKey : wireguardPublicKeyV6;
    if (text == null) {
      return null;
    }
    try {
      byte[] key = Base64.getDecoder().decode(text);
      return key.length == KEY_BYTES ? Base64.getEncoder().encodeToString(key) : null;
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  /** The prefixes that Kubernetes gave the node for its pods ({@code podCIDRs}), as written. */
  public List<String> podCidrs() {
    return unknown.fields().get("podCIDRs") instanceof List<?> list
        ? list.stream().map(String::valueOf).toList()
        : List.of();
  }

  /** The same with another key, or none, of the family's device. */
  public NodeStatus withPublicKey(Family family, @Nullable String key) {
    boolean v4 = family == Family.IPV4;
    return new NodeStatus(v4 ? key : wireguardPublicKey, v4 ? wireguardPublicKeyV6 : key, unknown);
  }

  /** As a JSON tree. */
  public Map<String, @Nullable Object> toTree() {
    return ResourceCodec.encodeRecord(this);
  }
}
