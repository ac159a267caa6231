package calico.cni;

import calico.model.resource.Dscp;
import calico.model.resource.QosControls;
import calico.model.resource.Unknown;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much traffic a pod may have, as its annotations {@code qos.projectcalico.org/*} say. Numbers
 * are Kubernetes' quantities: bits, bytes, packets and connections, those of a rate per second.
 * What is wrong is logged, and is as if it were not there.
 */
final class QosAnnotations {
  private static final Logger LOG = LoggerFactory.getLogger(QosAnnotations.class);

  private static final String PREFIX = "qos.projectcalico.org/";

  /** 4 Gi bits, upstream's. */
  private static final long DEFAULT_BURST = 1L << 32;

  private static final long DEFAULT_PACKET_BURST = 5;
  private static final Pattern QUANTITY =
      Pattern.compile("(\\d+\\.?\\d*|\\.\\d+)(?:[eE]([+-]?\\d{1,2})|([mkMGTPE]|[KMGTPE]i)?)");
  private static final String DECIMAL = "kMGTPE";
  private static final String BINARY = "KMGTPE";

  private final Map<String, String> annotations;

  /** One direction; zero is none. */
  private record Limits(
      long bandwidth,
      long burst,
      long peakrate,
      long minburst,
      long packetRate,
      long packetBurst,
      long maxConnections) {}

  private QosAnnotations(Map<String, String> annotations) {
    this.annotations = annotations;
  }

  /** Null if there are none. */
  static @Nullable QosControls of(Map<String, String> annotations) {
    QosAnnotations qos = new QosAnnotations(annotations);
    Limits in = qos.limits("ingress");
    Limits out = qos.limits("egress");
    QosControls controls =
        new QosControls(
            in.bandwidth,
            in.burst,
            in.peakrate,
            in.minburst,
            out.bandwidth,
            out.burst,
            out.peakrate,
            out.minburst,
            in.packetRate,
            in.packetBurst,
            out.packetRate,
            out.packetBurst,
            in.maxConnections,
            out.maxConnections,
            qos.codePoint(),
            Unknown.NONE);
    Limits none = new Limits(0, 0, 0, 0, 0, 0, 0);
    return in.equals(none) && out.equals(none) && controls.dscp() == null ? null : controls;
  }

  private Limits limits(String direction) {
    long bandwidth = quantity(PREFIX + direction + "Bandwidth");
    if (bandwidth == 0) {
      bandwidth = quantity("kubernetes.io/" + direction + "-bandwidth");
    }
    long peakrate = above(bandwidth, direction + "Peakrate", direction + "Bandwidth");
    long packetRate = quantity(PREFIX + direction + "PacketRate");
    return new Limits(
        bandwidth,
        beside(bandwidth, direction + "Burst", direction + "Bandwidth", DEFAULT_BURST),
        peakrate,
        beside(peakrate, direction + "Minburst", direction + "Peakrate", 0),
        packetRate,
        beside(
            packetRate, direction + "PacketBurst", direction + "PacketRate", DEFAULT_PACKET_BURST),
        quantity(PREFIX + direction + "MaxConnections"));
  }

  /** One that has a meaning only beside another, and a default then. */
  private long beside(long other, String name, String otherName, long otherwise) {
    long value = quantity(PREFIX + name);
    if (value != 0 && other == 0) {
      warn(PREFIX + name, "needs " + PREFIX + otherName);
      return 0;
    }
    return value == 0 && other != 0 ? otherwise : value;
  }

  private long above(long other, String name, String otherName) {
    long value = quantity(PREFIX + name);
    if (value != 0 && (other == 0 || value <= other)) {
      warn(PREFIX + name, "must be above " + PREFIX + otherName);
      return 0;
    }
    return value;
  }

  private @Nullable Object codePoint() {
    String text = annotations.get(PREFIX + "dscp");
    if (text != null && Dscp.parse(text) == null) {
      warn(PREFIX + "dscp", "is no code point");
      return null;
    }
    return text != null && text.strip().matches("\\d+") ? Integer.valueOf(text.strip()) : text;
  }

  /** Rounded up, as Kubernetes does. */
  private long quantity(String annotation) {
    String text = annotations.get(annotation);
    if (text == null) {
      return 0;
    }
    Matcher parts = QUANTITY.matcher(text.strip());
    if (!parts.matches()) {
      warn(annotation, "is no quantity, such as 10M");
      return 0;
    }
    BigDecimal value = new BigDecimal(parts.group(1));
    if (parts.group(2) != null) {
      value = value.scaleByPowerOfTen(Integer.parseInt(parts.group(2)));
    } else if (parts.group(3) != null) {
      value = value.multiply(factor(parts.group(3)));
    }
    BigDecimal whole = value.setScale(0, RoundingMode.CEILING);
    return whole.min(BigDecimal.valueOf(Long.MAX_VALUE)).longValueExact();
  }

  private static BigDecimal factor(String suffix) {
    if (suffix.equals("m")) {
      return BigDecimal.ONE.movePointLeft(3);
    }
    return suffix.endsWith("i")
        ? BigDecimal.TWO.pow(10 * (BINARY.indexOf(suffix.charAt(0)) + 1))
        : BigDecimal.ONE.scaleByPowerOfTen(3 * (DECIMAL.indexOf(suffix) + 1));
  }

  private void warn(String annotation, String why) {
    LOG.warn("annotation {} = '{}' {}: left out", annotation, annotations.get(annotation), why);
  }
}
