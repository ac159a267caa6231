package calico.felix.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.reconcile.EventLoop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FaultsTest {
  private static final String WHY =
      "java.lang.IllegalStateException: impossible; this is a defect, a restart begins anew";

  private final List<String> logged = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private final EventLoop loop = new EventLoop("faults", e -> logged.add(e.getMessage()));
  private final Faults faults = new Faults(loop, "calculation", this::tell);

  private void tell() {
    told.add(faults.summary());
  }

  @AfterEach
  void close() {
    loop.close();
  }

  private static void fail() {
    throw new IllegalStateException("impossible");
  }

  @Test
  void areToldOfUntilTheSameGoesWell() {
    assertTrue(faults.guard("a", () -> {}));
    assertFalse(faults.guard("a", FaultsTest::fail));
    assertFalse(faults.guard("b", FaultsTest::fail));
    assertTrue(faults.guard("c", () -> {}));
    assertTrue(faults.guard("a", () -> {}));
    assertTrue(faults.guard("b", () -> {}));
    assertEquals(
        List.of(
            "calculation of a failed: " + WHY,
            "calculation of a failed and of 1 more: " + WHY,
            "calculation of b failed: " + WHY,
            ""),
        told);
    assertEquals(
        List.of(
            "calculation of a failed, the rest goes on without it",
            "calculation of b failed, the rest goes on without it"),
        logged);
  }
}
