package calico.netlink.wireguard;

import calico.netlink.AttributeReader;
import calico.netlink.GenericFamily;
import calico.netlink.MalformedMessageException;
import calico.netlink.Message;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Records from messages. What does not fit into one message goes on in the next, which begins with
 * the peer that the one before ended with.
 */
final class WireguardReader {
  private WireguardReader() {}

  /** As much of a device as one message has. */
  static Device part(Message message) {
    AttributeReader in = message.attributes(GenericFamily.HEADER);
    Key key = null;
    int port = 0;
    int mark = 0;
    List<Peer> peers = new ArrayList<>();
    Map<Key, Device.Traffic> traffic = new HashMap<>();
    while (in.next()) {
      switch (in.type()) {
        case WireguardRequest.DEVICE_PUBLIC_KEY -> key = Key.of(in.bytes(0, Key.LENGTH));
        case WireguardRequest.LISTEN_PORT -> port = in.u16();
        case WireguardRequest.FWMARK -> mark = in.u32();
        case WireguardRequest.PEERS -> {
          AttributeReader each = in.nested();
          while (each.next()) {
            peers.add(peer(each.nested(), traffic));
          }
        }
        default -> {}
      }
    }
    return new Device(key, new Device.Settings(port, mark), peers, traffic);
  }

  private static Peer peer(AttributeReader in, Map<Key, Device.Traffic> traffic) {
    long handshake = 0;
    long received = 0;
    long sent = 0;
    Key key = null;
    InetSocketAddress endpoint = null;
    int keepAlive = 0;
    Set<Peer.Prefix> allowed = new HashSet<>();
    while (in.next()) {
      switch (in.type()) {
        case WireguardRequest.PEER_PUBLIC_KEY -> key = Key.of(in.bytes(0, Key.LENGTH));
        case WireguardRequest.ENDPOINT -> endpoint = endpoint(in);
        case WireguardRequest.KEEP_ALIVE -> keepAlive = in.u16();
        case WireguardRequest.LAST_HANDSHAKE -> handshake = in.u64();
        case WireguardRequest.RECEIVED_BYTES -> received = in.u64();
        case WireguardRequest.SENT_BYTES -> sent = in.u64();
        case WireguardRequest.ALLOWED -> {
          AttributeReader each = in.nested();
          while (each.next()) {
            allowed.add(prefix(each.nested()));
          }
        }
        default -> {}
      }
    }
    if (key == null) {
      throw new MalformedMessageException("a WireGuard peer without a key");
    }
    traffic.put(key, new Device.Traffic(handshake, received, sent));
    return new Peer(key, endpoint, keepAlive, allowed);
  }

  private static @Nullable InetSocketAddress endpoint(AttributeReader in) {
    byte[] address =
        switch (in.u16(0)) {
          case WireguardRequest.AF_INET -> in.bytes(4, 4);
          case WireguardRequest.AF_INET6 -> in.bytes(8, 16);
          default -> new byte[0];
        };
    int port = (in.u8(2) << 8) | in.u8(3);
    return address.length == 0 ? null : new InetSocketAddress(address(address), port);
  }

  private static Peer.Prefix prefix(AttributeReader in) {
    byte[] address = new byte[0];
    int length = 0;
    while (in.next()) {
      switch (in.type()) {
        case WireguardRequest.ADDRESS -> address = in.bytes();
        case WireguardRequest.LENGTH -> length = in.u8();
        default -> {}
      }
    }
    return new Peer.Prefix(address(address), length);
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new MalformedMessageException("an IP address of " + bytes.length + " bytes");
    }
  }

  /** The whole device. */
  static Device join(List<Device> parts) {
    List<Peer> peers = new ArrayList<>();
    Map<Key, Device.Traffic> traffic = new HashMap<>();
    for (Device part : parts) {
      part.traffic()
          .forEach(traffic::putIfAbsent); // what goes on has a peer's numbers only at first
      for (Peer peer : part.peers()) {
        Peer last = peers.isEmpty() ? null : peers.getLast();
        if (last == null || !last.key().equals(peer.key())) {
          peers.add(peer);
          continue;
        }
        Set<Peer.Prefix> allowed = new HashSet<>(last.allowed());
        allowed.addAll(peer.allowed());
        peers.set(
            peers.size() - 1,
            new Peer(last.key(), last.endpoint(), last.keepAliveSeconds(), allowed));
      }
    }
    return new Device(parts.getFirst().key(), parts.getFirst().settings(), peers, traffic);
  }
}
