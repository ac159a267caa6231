package calico.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IpTest {
  @Test
  void agreesWithTheJdkOnRandomAddresses() throws Exception {
    Random random = Seed.random(IpTest.class);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
      random.nextBytes(bytes);
      for (int zeroed = random.nextInt(bytes.length); zeroed > 0; zeroed--) {
        bytes[random.nextInt(bytes.length)] = 0; // runs of zeros are what printing is about
      }
      Ip ip = Ip.of(bytes);
      assertEquals(InetAddress.getByAddress(bytes), InetAddress.getByName(ip.toString()));
      assertEquals(ip, Ip.parse(ip.toString()));
      assertEquals(ip.toInetAddress(), InetAddress.getByAddress(ip.toBytes()));
    }
  }

  @Test
  void printsTheExamplesOfRfc5952() {
    for (String text :
        new String[] {"::", "::1", "2001:db8::1", "2001:db8:0:1:1:1:1:1", "2001:0:0:1::1"}) {
      assertEquals(text, Ip.parse(text).toString());
    }
    assertEquals("2001:db8::1:0:0:1", Ip.parse("2001:DB8:0:0:1::1").toString());
  }

  @Test
  void refusesWhatIsNoAddress() {
    for (String text :
        new String[] {
          "",
          ".",
          "1.2.3",
          "1.2.3.4.5",
          "01.2.3.4",
          "1.2.3.256",
          ":",
          ":::",
          "1::2::3",
          "g::",
          "12345::",
          "1:2:3:4:5:6:7",
          "1:2:3:4:5:6:7:8:9",
          "::1%eth0",
          "1.2.3.4/24",
          " 1.2.3.4"
        }) {
      assertNull(Ip.tryParse(text), text);
    }
  }

  @Test
  void prefixesContainExactlyTheirAddresses() {
    Random random = Seed.random(IpTest.class);
    for (int i = 0; i < 5_000; i++) {
      byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
      random.nextBytes(bytes);
      Cidr cidr = new Cidr(Ip.of(bytes), random.nextInt(bytes.length * 8 + 1));
      assertEquals(cidr, Cidr.parse(cidr.toString()));
      int bit = random.nextInt(bytes.length * 8);
      byte[] flipped = Arrays.copyOf(bytes, bytes.length);
      flipped[bit / 8] ^= (byte) (0x80 >> bit % 8);
      assertEquals(bit >= cidr.length(), cidr.contains(Ip.of(flipped)), cidr + " bit " + bit);
      assertEquals(true, cidr.contains(cidr.last()));
    }
  }
}
