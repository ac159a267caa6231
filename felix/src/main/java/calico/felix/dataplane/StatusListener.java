package calico.felix.dataplane;

import calico.felix.state.StateKey;
import calico.model.Family;
import java.util.Map;

/**
 * Is told how local endpoints and encryption are. Called on the dataplane's loop, only when
 * something changes.
 */
public interface StatusListener {

  /** How an endpoint is: as in the datastore's status keys. */
  enum State {
    /** Its interface is up, and its policy, routes and settings are in the kernel. */
    UP,
    /** Its interface is missing or down, or is not configured yet. */
    DOWN,
    /** Something of it cannot be programmed; what cannot be decided is denied. */
    ERROR
  }

  /**
   * How one endpoint is.
   *
   * @param reason for people; empty when up
   */
  record Condition(State state, String reason) {
    static final Condition UP = new Condition(State.UP, "");
  }

  void changed(StateKey.EndpointKey<?> endpoint, Condition condition);

  /** The endpoint is no longer wanted, and nothing of it is left in the kernel. */
  void removed(StateKey.EndpointKey<?> endpoint);

  /**
   * The WireGuard devices that run now; of the others nobody may know a key.
   *
   * @param publicKeys base64, by family
   */
  default void wireguardKeys(Map<Family, String> publicKeys) {}

  /** Everything that was wanted at the start has been tried once; dead things are being removed. */
  default void inSync() {}
}
