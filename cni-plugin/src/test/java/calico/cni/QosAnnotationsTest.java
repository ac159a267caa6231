package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import calico.model.resource.QosControls;
import calico.model.resource.ResourceCodec;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QosAnnotationsTest {

  /** Of name=value, separated by blanks. */
  private static Map<String, String> annotations(String text) {
    Map<String, String> out = new HashMap<>();
    for (String item : text.split(" ")) {
      String[] parts = item.split("=");
      out.put(parts[0].contains("/") ? parts[0] : "qos.projectcalico.org/" + parts[0], parts[1]);
    }
    return out;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ingressBandwidth=10M | {ingressBandwidth=10000000, ingressBurst=4294967296}",
        "egressBandwidth=1Gi egressBurst=2k | {egressBandwidth=1073741824, egressBurst=2000}",
        "kubernetes.io/ingress-bandwidth=5M | {ingressBandwidth=5000000, ingressBurst=4294967296}",
        "kubernetes.io/egress-bandwidth=5M egressBandwidth=6M egressBurst=1e3"
            + " | {egressBandwidth=6000000, egressBurst=1000}",
        "ingressPacketRate=1500m | {ingressPacketRate=2, ingressPacketBurst=5}",
        "egressPacketRate=7 egressPacketBurst=9 | {egressPacketRate=7, egressPacketBurst=9}",
        "ingressBandwidth=1M ingressBurst=1k ingressPeakrate=2M ingressMinburst=1500"
            + " | {ingressBandwidth=1000000, ingressBurst=1000, ingressPeakrate=2000000,"
            + " ingressMinburst=1500}",
        "ingressMaxConnections=3 egressMaxConnections=4"
            + " | {ingressMaxConnections=3, egressMaxConnections=4}",
        "dscp=AF11 | {dscp=AF11}",
        "dscp=10 | {dscp=10}"
      })
  void aPodSaysHowMuchItMayHave(String text, String expected) {
    QosControls controls = Objects.requireNonNull(QosAnnotations.of(annotations(text)));
    assertEquals(expected, ResourceCodec.encodeRecord(controls).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "ingressBandwidth=much",
    "ingressBandwidth=-1",
    "ingressBurst=5k",
    "egressPeakrate=5k",
    "ingressMinburst=5k",
    "ingressPacketBurst=7",
    "dscp=64",
    "other=1"
  })
  void whatIsWrongIsLeftOut(String text) {
    assertNull(QosAnnotations.of(annotations(text)));
  }

  @Test
  void aPeakIsAboveTheRate() {
    String text = "ingressBandwidth=5M ingressPeakrate=5M ingressMinburst=2k";
    QosControls controls = Objects.requireNonNull(QosAnnotations.of(annotations(text)));
    assertEquals(0, controls.ingressPeakrate());
    assertEquals(0, controls.ingressMinburst());
  }
}
