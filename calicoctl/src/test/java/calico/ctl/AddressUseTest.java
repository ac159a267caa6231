package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.model.Cidr;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.resource.Unknown;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code ipam show} counts. */
class AddressUseTest {
  /** Of four addresses the first and the third are taken, by one owner. */
  private static final AllocationBlock BLOCK =
      new AllocationBlock(
          Cidr.parse("10.0.0.0/30"),
          "host:a",
          null,
          Arrays.asList(0, null, 0, null),
          List.of(1, 3),
          List.of(
              new AllocationBlock.Attribute(
                  "h", Map.of("pod", "web", "node", "a"), null, Unknown.NONE)),
          1,
          Map.of(),
          false,
          Unknown.NONE);

  private static final AddressUse USE =
      new AddressUse(
          List.of(Cidr.parse("10.0.0.0/28"), Cidr.parse("10.1.0.0/31")),
          List.of(BLOCK),
          List.of(Cidr.parse("10.0.0.0/31"), Cidr.parse("10.1.0.0/16")));

  @Test
  void anAddressInUseAndReservedIsNotCountedTwiceAsNotFree() {
    assertEquals(
        """
        +----------+-------------+-----------+------------+--------------+----------+
        | GROUPING | CIDR        | IPS TOTAL | IPS IN USE | IPS RESERVED | IPS FREE |
        +----------+-------------+-----------+------------+--------------+----------+
        | IP Pool  | 10.0.0.0/28 |        16 |    2 (12%) |      2 (12%) | 13 (81%) |
        | Block    | 10.0.0.0/30 |         4 |    2 (50%) |      2 (50%) |  1 (25%) |
        | IP Pool  | 10.1.0.0/31 |         2 |     0 (0%) |     2 (100%) |   0 (0%) |
        +----------+-------------+-----------+------------+--------------+----------+
        """,
        USE.table(true));
  }

  @Test
  void tellsTheHolderOfAnAddress() {
    assertEquals(
        """
        IP 10.0.0.2 is in use
        Handle ID: h
        Active Owner Attributes:
          node: a
          pod: web
        """,
        USE.holder(Ip.parse("10.0.0.2")));
    assertEquals("10.0.0.1 is not assigned\n", USE.holder(Ip.parse("10.0.0.1")));
    assertEquals("10.9.0.1 is not assigned\n", USE.holder(Ip.parse("10.9.0.1")));
  }
}
