package calico.felix.calc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.felix.state.TrafficLimits;
import calico.felix.state.TrafficLimits.Bandwidth;
import calico.felix.state.TrafficLimits.PacketRate;
import calico.model.resource.QosControls;
import calico.model.resource.Unknown;
import org.junit.jupiter.api.Test;

class QosLimitsTest {
  private static final long U32 = 0xffff_ffffL;

  /** Ingress as given, egress with other numbers. */
  private static QosControls qos(
      long bandwidth, long burst, long peak, long minBurst, long rate, long packets, long count) {
    return new QosControls(
        bandwidth,
        burst,
        peak,
        minBurst,
        7000,
        0,
        0,
        0,
        rate,
        packets,
        3,
        0,
        count,
        9,
        null,
        Unknown.NONE);
  }

  @Test
  void eachDirectionHasItsOwn() {
    QosControls all = qos(1_000_000, 2000, 3_000_000, 4000, 5, 6, 7);
    assertEquals(
        new TrafficLimits(new Bandwidth(1_000_000, 2000, 3_000_000, 4000), new PacketRate(5, 6), 7),
        QosLimits.ingress(all));
    assertEquals(
        new TrafficLimits(new Bandwidth(7000, 1L << 32, 0, 0), new PacketRate(3, 5), 9),
        QosLimits.egress(all));
    assertEquals(TrafficLimits.NONE, QosLimits.ingress(null));
    assertEquals(TrafficLimits.NONE, QosLimits.ingress(qos(0, 0, 0, 0, 0, 0, 0)));
  }

  @Test
  void whatQualifiesALimitThatIsNotThereIsIgnored() {
    assertEquals(TrafficLimits.NONE, QosLimits.ingress(qos(0, 5000, 9000, 2000, 0, 8, 0)));
    assertEquals(
        new Bandwidth(5000, 6000, 0, 0),
        QosLimits.ingress(qos(5000, 6000, 5000, 2000, 0, 0, 0)).bandwidth());
  }

  @Test
  void whatIsOutOfRangeIsTheNearestInside() {
    assertEquals(
        new TrafficLimits(
            new Bandwidth(1000, 1000, 2000, 1000), new PacketRate(10_000, 10_000), U32),
        QosLimits.ingress(qos(1, 1, 2000, 1, 10_001, 20_000, U32 + 1)));
    assertEquals(
        new TrafficLimits(
            new Bandwidth(1_000_000_000_000_000L, U32 * 8, 1_010_000_000_000_000L, 100_000_000),
            null,
            0),
        QosLimits.ingress(
            qos(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, -1, 0, -1)));
  }
}
