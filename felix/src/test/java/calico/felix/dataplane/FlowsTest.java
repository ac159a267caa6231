package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.model.Ip;
import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FlowsTest {
  private static final Ip FIRST = Ip.parse("10.65.0.1");
  private static final Ip SECOND = Ip.parse("10.65.0.2");
  private static final Duration WALK = Duration.ofMillis(5);

  private final List<Set<Ip>> forgotten = new ArrayList<>();
  private long now = 7;
  private boolean refuses;
  private final Flows flows = new Flows(this::forget, () -> now);

  private void forget(Set<Ip> ips) {
    now += WALK.toNanos();
    if (refuses) {
      throw new NetlinkException("forget", Errno.ENOBUFS);
    }
    forgotten.add(ips);
  }

  private void moved(Ip ip) {
    flows.moved(ip);
    flows.forgetMoved();
  }

  @Test
  void whatNobodyGetsIsForgottenTogether() {
    moved(FIRST);
    assertEquals(List.of(Set.of(FIRST)), forgotten);
    assertEquals(Optional.empty(), flows.nextWake());
    moved(FIRST);
    moved(SECOND);
    assertEquals(1, forgotten.size());
    Duration wait = flows.nextWake().orElseThrow();
    assertEquals(WALK.multipliedBy(20), wait);
    now += wait.toNanos();
    flows.forgetMoved();
    assertEquals(List.of(Set.of(FIRST), Set.of(FIRST, SECOND)), forgotten);
    assertEquals(Optional.empty(), flows.nextWake());
  }

  @Test
  void whoGetsAnAddressDoesNotInheritItsConnections() {
    moved(FIRST);
    moved(SECOND);
    assertEquals(Set.of(SECOND), flows.forgetBefore(List.of(FIRST)));
    assertEquals(1, forgotten.size());
    assertEquals(Set.of(), flows.forgetBefore(List.of(SECOND)));
    assertEquals(List.of(Set.of(FIRST), Set.of(SECOND)), forgotten);
  }

  @Test
  void whatTheKernelRefusesIsTriedAgain() {
    refuses = true;
    moved(FIRST);
    assertEquals(Set.of(FIRST), flows.forgetBefore(List.of(FIRST)));
    refuses = false;
    now += flows.nextWake().orElseThrow().toNanos();
    flows.forgetMoved();
    assertEquals(List.of(Set.of(FIRST)), forgotten);
  }
}
