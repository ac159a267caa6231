package calico.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.node.AddressDetection.HostInterface;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which address each method finds on a host with several interfaces. */
class AddressDetectionTest {
  private static final Map<String, String> SOURCES =
      Map.of("192.0.2.99", "10.1.0.2", "2001:db8::99", "2001:db8:1::2", "192.0.2.50", "10.9.9.9");

  private static final AddressDetection HOST =
      new AddressDetection(
          List.of(
              host("lo", 1, "127.0.0.1/8", "::1/128"),
              host("eth0", 2, "10.1.0.2/24", "10.1.0.3/24", "2001:db8:1::2/64", "fe80::1/64"),
              host("eth1", 3, "10.2.0.2/16"),
              host("docker0", 4, "172.17.0.1/16"),
              host("bond0.7", 5, "169.254.3.3/16", "fe80::2/64")),
          to -> Optional.ofNullable(SOURCES.get(Ip.of(to).toString())).map(Ip::parse));

  private static HostInterface host(String name, int index, String... addresses) {
    return new HostInterface(
        name, index, Arrays.stream(addresses).map(InterfaceAddress::parse).toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          first-found                         | IPV4 | 10.2.0.2/16      | eth1
          ''                                  | IPV4 | 10.2.0.2/16      | eth1
          first-found                         | IPV6 | 2001:db8:1::2/64 | eth0
          interface=eth0                      | IPV4 | 10.1.0.2/24      | eth0
          interface=eth.*                     | IPV4 | 10.2.0.2/16      | eth1
          interface=none, eth0                | IPV4 | 10.1.0.2/24      | eth0
          interface=docker                    | IPV4 | 172.17.0.1/16    | docker0
          skip-interface=eth1                 | IPV4 | 10.1.0.2/24      | eth0
          cidr=10.1.0.0/16                    | IPV4 | 10.1.0.2/24      | eth0
          cidr=192.0.2.0/24,10.1.0.3/32       | IPV4 | 10.1.0.3/24      | eth0
          cidr=172.17.0.0/16                  | IPV4 | 172.17.0.1/16    | docker0
          can-reach=192.0.2.99                | IPV4 | 10.1.0.2/24      | eth0
          can-reach=2001:db8::99              | IPV6 | 2001:db8:1::2/64 | eth0
          """)
  void finds(String method, Family family, String address, String interfaceName) throws Exception {
    AddressDetection.Found found = HOST.detect(method, family);
    assertEquals(address, found.address().toString());
    assertEquals(interfaceName, found.interfaceName());
    assertTrue(found.reason().contains(interfaceName), found::reason);
    assertTrue(found.reason().startsWith(method), found::reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          interface=wlan0          | IPV4 | wlan0 fits no interface: bond0.7 is not meant; docker0
          interface=bond           | IPV4 | bond0.7 has no global IPv4 address
          interface=eth1           | IPV6 | eth1 has no global IPv6 address
          skip-interface=eth       | IPV4 | eth0 is not meant
          cidr=198.51.100.0/24     | IPV4 | eth1 has [10.2.0.2/16]
          can-reach=198.51.100.1   | IPV4 | there is no route to 198.51.100.1
          can-reach=192.0.2.50     | IPV4 | eth1 has [10.2.0.2/16]
          can-reach=192.0.2.99     | IPV6 | 192.0.2.99 has no IPv6 address
          can-reach=no.invalid     | IPV4 | no.invalid cannot be resolved
          """)
  void saysWhatItLookedAt(String method, Family family, String expected) {
    Exception e = assertThrows(AddressDetection.NoAddress.class, () -> HOST.detect(method, family));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains(expected), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          newest                  | is not one of first-found, interface=, skip-interface=, cidr=
          interface=(             | Unclosed group
          cidr=10.0.0.0/8,eth0    | eth0' is not a CIDR
          can-reach=              | names no destination
          kubernetes-internal-ip  | which this version does not read; choose from first-found
          """)
  void refuses(String method, String expected) {
    Exception e =
        assertThrows(IllegalArgumentException.class, () -> HOST.detect(method, Family.IPV4));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains(expected), message);
    assertTrue(message.contains("'" + method + "'"), message);
  }

  @Test
  void asksTheKernelForTheSource() throws Exception {
    AddressDetection here = AddressDetection.ofThisHost();
    assertTrue(here.interfaces().stream().anyMatch(i -> i.name().equals("lo")));
    Optional<Ip> source = here.sourceTo().apply(Ip.parse("127.0.0.5").toInetAddress());
    assertEquals(Optional.of(Ip.parse("127.0.0.1")), source);
  }
}
