package calico.felix.dataplane;

import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.felix.state.Vtep;
import calico.model.Family;
import calico.model.Ip;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The MTU that new workloads get, on the real kernel. */
class WorkloadMtuTest {
  private final Node node = new Node();

  @AfterEach
  void close() {
    node.close();
  }

  @Test
  void followsTheHostsInterfacesAndTheTunnels(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("lib/mtu");
    node.config = node.config.withOverlay(OverlayConfig.defaults().withMtuFile(file));
    node.start();
    await(file, "1500");
    node.lab.ip("host", "link add eth7 type veth peer name far7");
    node.lab.ip("host", "link set eth7 mtu 1400");
    await(file, "1400");
    StateKey.OwnVtepId id = new StateKey.OwnVtepId(Family.IPV4);
    Ip uplink = Ip.parse("198.51.100.1");
    node.apply(
        new StateChange.Put<>(new StateKey.OwnIpId(Family.IPV4), uplink),
        new StateChange.Put<>(id, new Vtep(uplink, Ip.parse("10.66.0.1"), "66:00:00:00:00:01")));
    await(file, "1350");
    node.apply(new StateChange.Removed(id));
    await(file, "1400");
    node.lab.ip("host", "link del eth7");
    await(file, "1500");
    Files.delete(file);
    node.lab.ip("host", "link add eth8 type veth peer name far8"); // any change has it looked at
    await(file, "1500");
  }

  private static void await(Path file, String mtu) {
    Lab.await("the file says " + mtu, () -> read(file).equals(mtu));
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
