package calico.node;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * Finds the node's own address by one of upstream's methods: {@code first-found}, {@code
 * interface=REGEX,...}, {@code skip-interface=REGEX,...}, {@code cidr=PREFIX,...}, {@code
 * can-reach=DESTINATION}. Of several interfaces the newest, with the highest index, is taken.
 *
 * @param interfaces of the host
 * @param sourceTo the host's address from which packets to another one leave, if any do
 */
record AddressDetection(
    List<HostInterface> interfaces, Function<InetAddress, Optional<Ip>> sourceTo) {
  /** What container software makes, by the beginnings of names. */
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

  private static final String METHODS =
      "first-found, interface=, skip-interface=, cidr=, can-reach=";

  /** An interface and its addresses in all families. */
  record HostInterface(String name, int index, List<InterfaceAddress> addresses) {
    private boolean isIgnored() {
      return IGNORED_PREFIXES.stream().anyMatch(name::startsWith);
    }

    private List<InterfaceAddress> usable(Family family) {
      return addresses.stream()
          .filter(a -> a.ip().family() == family && isGlobalUnicast(a.ip().toInetAddress()))
          .toList();
    }
  }

  /** An address, and why this one. */
  record Found(InterfaceAddress address, String interfaceName, String reason) {}

  /** The method finds none; the message says what it looked at. */
  static final class NoAddress extends Exception {
    private static final long serialVersionUID = 1;

    NoAddress(String message) {
      super(message);
    }
  }

  /** Of the host that this runs on, as it is now. */
  static AddressDetection ofThisHost() {
    try {
      List<HostInterface> all =
          NetworkInterface.networkInterfaces()
              .map(
                  i ->
                      new HostInterface(
                          i.getName(),
                          i.getIndex(),
                          i.getInterfaceAddresses().stream()
                              .map(
                                  a ->
                                      new InterfaceAddress(
                                          Ip.of(a.getAddress()), a.getNetworkPrefixLength()))
                              .toList()))
              .toList();
      return new AddressDetection(all, AddressDetection::source);
    } catch (SocketException e) {
      throw new UncheckedIOException("cannot list the interfaces of this host", e);
    }
  }

  /** Connecting sends nothing: it asks the kernel for a route. */
  private static Optional<Ip> source(InetAddress to) {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(to, 80));
      return Optional.of(Ip.of(socket.getLocalAddress()));
    } catch (SocketException | UncheckedIOException _) {
      return Optional.empty();
    }
  }

  /**
   * Detects.
   *
   * @param method as in IP_AUTODETECTION_METHOD; empty means first-found
   * @throws IllegalArgumentException naming the method, if it is not one of those above
   */
  Found detect(String method, Family family) throws NoAddress {
    int equals = method.indexOf('=');
    String name = equals < 0 ? method : method.substring(0, equals);
    String argument = equals < 0 ? "" : method.substring(equals + 1).strip();
    Predicate<HostInterface> notIgnored = i -> !i.isIgnored();
    return switch (name) {
      case "", "first-found" ->
          newest(method, family, notIgnored, _ -> true, "not one that container software makes");
      case "interface" ->
          newest(method, family, named(method, argument), _ -> true, "its name matches");
      case "skip-interface" ->
          newest(
              method,
              family,
              notIgnored.and(named(method, argument).negate()),
              _ -> true,
              "its name does not match, and it is not one that container software makes");
      case "cidr" -> {
        List<Cidr> cidrs = parts(argument).map(text -> cidr(method, text)).toList();
        Predicate<InterfaceAddress> inside = a -> cidrs.stream().anyMatch(c -> c.contains(a.ip()));
        yield newest(method, family, _ -> true, inside, "its address is in there");
      }
      case "can-reach" -> canReach(method, argument, family);
      case "kubernetes-internal-ip" ->
          throw new IllegalArgumentException(
              "address detection method '"
                  + method
                  + "' asks the Kubernetes Node, which this version does not read; choose from "
                  + METHODS);
      default ->
          throw new IllegalArgumentException(
              "address detection method '" + method + "' is not one of " + METHODS);
    };
  }

  private static Stream<String> parts(String list) {
    return Arrays.stream(list.split("\\s*,\\s*", -1));
  }

  private static Cidr cidr(String method, String text) {
    Cidr cidr = Cidr.tryParse(text);
    if (cidr == null) {
      throw new IllegalArgumentException(
          "address detection method '" + method + "': '" + text + "' is not a CIDR");
    }
    return cidr;
  }

  private static Predicate<HostInterface> named(String method, String regexes) {
    try {
      List<Pattern> patterns = parts(regexes).map(Pattern::compile).toList();
      return i -> patterns.stream().anyMatch(p -> p.matcher(i.name()).find());
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "address detection method '" + method + "': " + e.getMessage(), e);
    }
  }

  private Found newest(
      String method,
      Family family,
      Predicate<HostInterface> wanted,
      Predicate<InterfaceAddress> fitting,
      String because)
      throws NoAddress {
    List<String> passedOver = new ArrayList<>();
    for (HostInterface i :
        interfaces.stream()
            .sorted(Comparator.comparingInt(HostInterface::index).reversed())
            .toList()) {
      List<InterfaceAddress> usable = i.usable(family);
      Optional<InterfaceAddress> address = usable.stream().filter(fitting).findFirst();
      if (!wanted.test(i)) {
        passedOver.add(i.name() + " is not meant");
      } else if (usable.isEmpty()) {
        passedOver.add(i.name() + " has no global IPv" + family.version() + " address");
      } else if (address.isEmpty()) {
        passedOver.add(i.name() + " has " + usable);
      } else {
        passedOver.addFirst(method + ": " + i.name() + ", " + because);
        return new Found(address.get(), i.name(), String.join("; ", passedOver));
      }
    }
    throw new NoAddress(method + " fits no interface: " + String.join("; ", passedOver));
  }

  private Found canReach(String method, String destination, Family family) throws NoAddress {
    List<String> tried = new ArrayList<>();
    for (InetAddress to : resolve(method, destination)) {
      if (Ip.of(to).family() != family) {
        continue;
      }
      Ip source = sourceTo.apply(to).orElse(null);
      if (source == null) {
        tried.add("there is no route to " + to.getHostAddress());
      } else {
        return newest(
            method,
            family,
            _ -> true,
            a -> a.ip().equals(source),
            "packets to " + to.getHostAddress() + " leave from its address");
      }
    }
    throw new NoAddress(
        method
            + ": "
            + (tried.isEmpty()
                ? destination + " has no IPv" + family.version() + " address"
                : String.join("; ", tried)));
  }

  private static InetAddress[] resolve(String method, String destination) throws NoAddress {
    if (destination.isEmpty()) {
      throw new IllegalArgumentException(
          "address detection method '" + method + "' names no destination");
    }
    try {
      return InetAddress.getAllByName(destination);
    } catch (UnknownHostException _) {
      throw new NoAddress(method + ": " + destination + " cannot be resolved");
    }
  }

  /** The interface with an address, and the address with its subnet there. */
  Optional<Found> withAddress(Ip ip) {
    return interfaces.stream()
        .flatMap(
            i ->
                i.addresses().stream()
                    .filter(a -> a.ip().equals(ip))
                    .map(a -> new Found(a, i.name(), "on interface " + i.name())))
        .findFirst();
  }

  private static boolean isGlobalUnicast(InetAddress a) {
    return !(a.isAnyLocalAddress()
        || a.isLoopbackAddress()
        || a.isLinkLocalAddress()
        || a.isMulticastAddress()
        || a.getHostAddress().equals("255.255.255.255"));
  }
}
