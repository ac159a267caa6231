package calico.node;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * Finds the node's own address by one of upstream's methods: {@code first-found}, {@code
 * interface=REGEX,...}, {@code skip-interface=REGEX,...}, {@code cidr=PREFIX,...}, {@code
 * can-reach=DESTINATION}.
 */
public final class AddressDetection {
  private static final List<String> IGNORED_PREFIXES =
      List.of(
          "docker",
          "cbr",
          "dummy",
          "podman",
          "virbr",
          "lxcbr",
          "veth",
          "lo",
          "br-",
          "cali",
          "tunl",
          "flannel",
          "kube-ipvs",
          "cni",
          "vxlan.calico",
          "vxlan-v6.calico",
          "wireguard.cali",
          "wg-v6.cali",
          "nodelocaldns");

  private AddressDetection() {}

  /** An address, and why this one. */
  public record Found(InterfaceAddress address, String interfaceName, String reason) {}

  /**
   * @param method as in IP_AUTODETECTION_METHOD
   * @return empty if no interface has a fitting address
   * @throws IllegalArgumentException naming the method, if it is not one of those above
   */
  public static Optional<Found> detect(String method, Family family) throws IOException {
    int equals = method.indexOf('=');
    String name = equals < 0 ? method : method.substring(0, equals);
    String argument = equals < 0 ? "" : method.substring(equals + 1);
    Predicate<NetworkInterface> notIgnored =
        i -> IGNORED_PREFIXES.stream().noneMatch(p -> i.getName().startsWith(p));
    return switch (name) {
      case "first-found" -> first(method, family, notIgnored, _ -> true);
      case "interface" -> first(method, family, matching(method, argument), _ -> true);
      case "skip-interface" ->
          first(method, family, notIgnored.and(matching(method, argument).negate()), _ -> true);
      case "cidr" -> {
        List<Cidr> cidrs = Arrays.stream(argument.split(",")).map(Cidr::parse).toList();
        yield first(
            method, family, notIgnored, a -> cidrs.stream().anyMatch(c -> c.contains(a.ip())));
      }
      case "can-reach" -> canReach(method, argument, family);
      default ->
          throw new IllegalArgumentException(
              "address detection method '"
                  + method
                  + "' is not one of first-found, interface=, skip-interface=, cidr=, can-reach=");
    };
  }

  private static Predicate<NetworkInterface> matching(String method, String regexes) {
    try {
      List<Pattern> patterns = Arrays.stream(regexes.split(",")).map(Pattern::compile).toList();
      return i -> patterns.stream().anyMatch(p -> p.matcher(i.getName()).find());
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "address detection method '" + method + "': " + e.getMessage(), e);
    }
  }

  /** The newest interface (highest index) wins, as upstream does. */
  private static Optional<Found> first(
      String method,
      Family family,
      Predicate<NetworkInterface> wanted,
      Predicate<InterfaceAddress> fitting)
      throws IOException {
    return NetworkInterface.networkInterfaces()
        .filter(wanted)
        .sorted(Comparator.comparingInt(NetworkInterface::getIndex).reversed())
        .flatMap(
            i ->
                addresses(i, family)
                    .filter(fitting)
                    .map(a -> new Found(a, i.getName(), method + " on interface " + i.getName())))
        .findFirst();
  }

  private static Optional<Found> canReach(String method, String destination, Family family)
      throws IOException {
    for (InetAddress to : InetAddress.getAllByName(destination)) {
      if ((to.getAddress().length == 4) != (family == Family.IPV4)) {
        continue;
      }
      try (DatagramSocket socket = new DatagramSocket()) {
        socket.connect(new InetSocketAddress(to, 80)); // sends nothing: asks the kernel for a route
        Ip local = Ip.of(socket.getLocalAddress());
        return first(method, family, _ -> true, a -> a.ip().equals(local));
      }
    }
    return Optional.empty();
  }

  private static Stream<InterfaceAddress> addresses(NetworkInterface i, Family family) {
    return i.getInterfaceAddresses().stream()
        .filter(a -> isGlobalUnicast(a.getAddress()))
        .map(a -> new InterfaceAddress(Ip.of(a.getAddress()), a.getNetworkPrefixLength()))
        .filter(a -> a.ip().family() == family);
  }

  private static boolean isGlobalUnicast(InetAddress a) {
    return !(a.isAnyLocalAddress()
        || a.isLoopbackAddress()
        || a.isLinkLocalAddress()
        || a.isMulticastAddress());
  }
}
