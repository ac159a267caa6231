package calico.netlink.wireguard;

import calico.netlink.Errno;
import calico.netlink.GenericFamily;
import calico.netlink.NetlinkException;
import calico.netlink.NetlinkSocket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A connection to one namespace's WireGuard devices: the namespace of the thread that first needs
 * it. One thread at a time. Every method throws {@link NetlinkException} when the kernel refuses;
 * ENOENT when it has no WireGuard.
 */
public final class Wireguard implements AutoCloseable {
  /** Of a request; an attribute ends at 64 KiB, and a prefix takes up to 40 bytes. */
  static final int PREFIXES = 1000;

  private static final int EOPNOTSUPP = 95;

  private @Nullable NetlinkSocket opened;
  private int family;

  private NetlinkSocket socket() {
    NetlinkSocket socket = opened;
    if (socket == null) {
      socket = NetlinkSocket.open(NetlinkSocket.GENERIC);
      opened = socket;
    }
    if (family == 0) {
      family = new GenericFamily("wireguard").find(socket);
    }
    return socket;
  }

  /** The WireGuard device with that name, if there is one. */
  public Optional<Device> device(String name) {
    NetlinkSocket socket = socket();
    try {
      List<Device> parts =
          socket.dump(new WireguardRequest.Get(family, name), WireguardReader::part);
      return parts.isEmpty() ? Optional.empty() : Optional.of(WireguardReader.join(parts));
    } catch (NetlinkException e) {
      if (e.errno() == Errno.ENODEV || e.errno() == EOPNOTSUPP) { // the latter: of another kind
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Sets up a device.
   *
   * @param newKey whether it gets a private key, made now, in place of the one that it may have
   */
  public void configure(String name, Device.Settings settings, boolean newKey) {
    NetlinkSocket socket = socket();
    socket.execute(new WireguardRequest.Configure(family, name, settings, newKey));
  }

  /** One change of a device's peers. */
  public sealed interface PeerChange {
    /**
     * Makes a peer, or changes it to be as given.
     *
     * @param before what it is, if that is known: only what differs is sent
     */
    record Put(Peer peer, @Nullable Peer before) implements PeerChange {}

    /** Removes a peer; there need not be such. */
    record Remove(Key key) implements PeerChange {}
  }

  /**
   * Makes many changes, each for itself, in one go.
   *
   * @return for each change null or why it failed
   */
  public List<@Nullable NetlinkException> apply(String name, List<PeerChange> changes) {
    NetlinkSocket socket = socket();
    List<WireguardRequest> requests = new ArrayList<>();
    List<Integer> ends = new ArrayList<>();
    for (PeerChange change : changes) {
      switch (change) {
        case PeerChange.Put put -> requests.addAll(requests(family, name, put));
        case PeerChange.Remove gone ->
            requests.add(new WireguardRequest.Remove(family, name, gone.key()));
      }
      ends.add(requests.size());
    }
    List<@Nullable NetlinkException> answers = socket.executeAll(requests);
    List<@Nullable NetlinkException> results = new ArrayList<>();
    int from = 0;
    for (int to : ends) {
      NetlinkException failure = null;
      for (NetlinkException answer : answers.subList(from, to)) {
        failure = failure == null ? answer : failure;
      }
      results.add(failure);
      from = to;
    }
    return results;
  }

  /** A peer can be given a prefix, but to lose one it has to be told all that it keeps. */
  static List<WireguardRequest> requests(int family, String name, PeerChange.Put put) {
    Peer before = put.before();
    boolean replace = before == null || !put.peer().allowed().containsAll(before.allowed());
    Set<Peer.Prefix> added = new HashSet<>(put.peer().allowed());
    if (before != null && !replace) {
      added.removeAll(before.allowed());
    }
    List<Peer.Prefix> all = List.copyOf(added);
    List<WireguardRequest> requests = new ArrayList<>();
    int from = 0;
    do {
      int to = Math.min(from + PREFIXES, all.size());
      requests.add(
          new WireguardRequest.Put(
              family, name, put.peer(), all.subList(from, to), replace && from == 0));
      from = to;
    } while (from < all.size());
    return requests;
  }

  @Override
  public void close() {
    if (opened != null) {
      opened.close();
    }
  }
}
