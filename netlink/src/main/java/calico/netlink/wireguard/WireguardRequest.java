package calico.netlink.wireguard;

import calico.netlink.GenericFamily;
import calico.netlink.MessageWriter;
import calico.netlink.Request;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Requests about one device; their type is the number that the kernel gave the family.
 *
 * <pre>
 * genlmsghdr: command GET 0 or SET 1, version 1
 * WGDEVICE_A_IFNAME string  PRIVATE_KEY 32 bytes  LISTEN_PORT u16  FWMARK u32
 * WGDEVICE_A_PEERS (nested), of each peer, numbered (nested):
 *   WGPEER_A_PUBLIC_KEY 32 bytes  FLAGS u32  ENDPOINT sockaddr  PERSISTENT_KEEPALIVE_INTERVAL u16
 *   WGPEER_A_ALLOWEDIPS (nested), of each prefix, numbered (nested):
 *     WGALLOWEDIP_A_FAMILY u16  IPADDR 4 or 16 bytes  CIDR_MASK u8
 *   and in an answer LAST_HANDSHAKE_TIME struct __kernel_timespec (16)  RX_BYTES u64  TX_BYTES u64
 * struct sockaddr_in (16)   0 u16 family  2 be16 port  4 address  8 zeros
 * struct sockaddr_in6 (28)  0 u16 family  2 be16 port  4 u32 flow  8 address  24 u32 scope
 * </pre>
 */
sealed interface WireguardRequest extends Request {
  int GET = 0;
  int SET = 1;
  int VERSION = 1;

  int IFNAME = 2;
  int PRIVATE_KEY = 3;
  int DEVICE_PUBLIC_KEY = 4;
  int LISTEN_PORT = 6;
  int FWMARK = 7;
  int PEERS = 8;

  int PEER_PUBLIC_KEY = 1;
  int FLAGS = 3;
  int ENDPOINT = 4;
  int KEEP_ALIVE = 5;
  int LAST_HANDSHAKE = 6;
  int RECEIVED_BYTES = 7;
  int SENT_BYTES = 8;
  int ALLOWED = 9;
  int REMOVE = 1;
  int REPLACE_ALLOWED = 2;

  int FAMILY = 1;
  int ADDRESS = 2;
  int LENGTH = 3;
  int AF_INET = 2;
  int AF_INET6 = 10;

  int family();

  String device();

  @Override
  default int type() {
    return family();
  }

  @Override
  default int flags() {
    return 0;
  }

  private static void begin(MessageWriter to, int command, String device) {
    GenericFamily.header(to, command, VERSION);
    to.string(IFNAME, device);
  }

  /** The device with its peers, in a dump. */
  record Get(int family, String device) implements WireguardRequest {
    @Override
    public void encode(MessageWriter to) {
      begin(to, GET, device);
    }
  }

  /**
   * Sets up the device.
   *
   * @param newKey whether it gets a private key, made now, in place of the one that it may have
   */
  record Configure(int family, String device, Device.Settings settings, boolean newKey)
      implements WireguardRequest {
    @Override
    public void encode(MessageWriter to) {
      begin(to, SET, device);
      if (newKey) {
        to.attribute(PRIVATE_KEY, Key.generatePrivate());
      }
      to.u16(LISTEN_PORT, settings.port());
      to.u32(FWMARK, settings.mark());
    }
  }

  /**
   * Makes or changes a peer.
   *
   * @param peer all of it but the allowed prefixes
   * @param allowed prefixes that it gets, from whoever has them
   * @param replace whether it loses those that it has
   */
  record Put(int family, String device, Peer peer, List<Peer.Prefix> allowed, boolean replace)
      implements WireguardRequest {
    @Override
    public void encode(MessageWriter to) {
      begin(to, SET, device);
      int peers = to.nest(PEERS);
      int one = to.nest(0);
      to.attribute(PEER_PUBLIC_KEY, peer.key().bytes());
      to.u32(FLAGS, replace ? REPLACE_ALLOWED : 0);
      InetSocketAddress endpoint = peer.endpoint();
      if (endpoint != null) {
        to.attribute(ENDPOINT, socketAddress(endpoint));
      }
      to.u16(KEEP_ALIVE, peer.keepAliveSeconds());
      int prefixes = to.nest(ALLOWED);
      for (int i = 0; i < allowed.size(); i++) {
        int prefix = to.nest(i);
        InetAddress address = allowed.get(i).address();
        to.u16(FAMILY, familyOf(address));
        to.attribute(ADDRESS, address.getAddress());
        to.u8(LENGTH, allowed.get(i).length());
        to.endNest(prefix);
      }
      to.endNest(prefixes);
      to.endNest(one);
      to.endNest(peers);
    }
  }

  /** Removes a peer; there need not be such. */
  record Remove(int family, String device, Key peer) implements WireguardRequest {
    @Override
    public void encode(MessageWriter to) {
      begin(to, SET, device);
      int peers = to.nest(PEERS);
      int one = to.nest(0);
      to.attribute(PEER_PUBLIC_KEY, peer.bytes());
      to.u32(FLAGS, REMOVE);
      to.endNest(one);
      to.endNest(peers);
    }
  }

  private static int familyOf(InetAddress address) {
    return address.getAddress().length == 4 ? AF_INET : AF_INET6;
  }

  private static byte[] socketAddress(InetSocketAddress endpoint) {
    InetAddress address = endpoint.getAddress();
    MessageWriter to = new MessageWriter();
    to.u16(familyOf(address)).be16(endpoint.getPort());
    if (familyOf(address) == AF_INET) {
      to.bytes(address.getAddress()).u32(0).u32(0);
    } else {
      to.u32(0).bytes(address.getAddress()).u32(0);
    }
    return to.toByteArray();
  }
}
