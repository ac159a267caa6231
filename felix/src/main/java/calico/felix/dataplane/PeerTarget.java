package calico.felix.dataplane;

import calico.netlink.NetlinkException;
import calico.netlink.wireguard.Key;
import calico.netlink.wireguard.Peer;
import calico.netlink.wireguard.Wireguard;
import calico.netlink.wireguard.Wireguard.PeerChange;
import calico.reconcile.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The peers of our WireGuard devices. All are ours: a device has no others. */
final class PeerTarget implements Target<PeerTarget.Id, Peer> {
  private final Wireguard wireguard;
  private final WireguardConfig config;
  private final Interfaces interfaces;

  /** What is there, so that a change tells only of what differs. */
  private final Map<Id, Peer> there = new HashMap<>();

  /**
   * A peer of a device.
   *
   * @param device name of the interface
   */
  record Id(String device, Key key) {}

  PeerTarget(Wireguard wireguard, WireguardConfig config, Interfaces interfaces) {
    this.wireguard = wireguard;
    this.config = config;
    this.interfaces = interfaces;
  }

  @Override
  public Map<Id, Peer> list() {
    there.clear();
    for (WireguardConfig.Device device : config.devices().values()) {
      String name = device.name();
      // A kernel without WireGuard is not asked for what it cannot have.
      if (interfaces.named(name) != null) {
        wireguard
            .device(name)
            .ifPresent(d -> d.peers().forEach(peer -> there.put(new Id(name, peer.key()), peer)));
      }
    }
    return Map.copyOf(there);
  }

  @Override
  public Map<Id, Exception> apply(Map<Id, Peer> updates, Set<Id> deletions) {
    Map<Id, Exception> failed = new HashMap<>();
    for (WireguardConfig.Device device : config.devices().values()) {
      List<Id> ids = new ArrayList<>();
      List<PeerChange> changes = new ArrayList<>();
      for (Id id : deletions) {
        if (id.device().equals(device.name())) {
          ids.add(id);
          changes.add(new PeerChange.Remove(id.key()));
        }
      }
      updates.forEach(
          (id, peer) -> {
            if (id.device().equals(device.name())) {
              ids.add(id);
              changes.add(new PeerChange.Put(peer, there.get(id)));
            }
          });
      if (!ids.isEmpty()) {
        write(device.name(), ids, changes, updates, failed);
      }
    }
    return failed;
  }

  private void write(
      String device,
      List<Id> ids,
      List<PeerChange> changes,
      Map<Id, Peer> updates,
      Map<Id, Exception> failed) {
    List<@Nullable NetlinkException> results = wireguard.apply(device, changes);
    for (int i = 0; i < ids.size(); i++) {
      Id id = ids.get(i);
      NetlinkException error = results.get(i);
      Peer peer = changes.get(i) instanceof PeerChange.Put ? updates.get(id) : null;
      there.remove(id); // unknown if it failed
      if (error != null) {
        failed.put(id, error);
      } else if (peer != null) {
        there.put(id, peer);
      }
    }
  }
}
