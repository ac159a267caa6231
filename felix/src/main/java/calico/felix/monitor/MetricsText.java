package calico.felix.monitor;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.SummaryWithCallback;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.Quantile;
import io.prometheus.metrics.model.snapshots.Quantiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Metrics of several kinds by their names, each with where its values come from whenever somebody
 * asks.
 */
final class MetricsText {
  private static final double[] QUANTILES = {0.5, 0.9, 0.99};

  /** The library ends every counter's name so; none of upstream's Felix has it. */
  private static final Pattern TOTAL =
      Pattern.compile(
          "^(# (?:HELP|TYPE) )?((?:felix|cni|confd|wireguard)_\\w+)_total(?=[ {])",
          Pattern.MULTILINE);

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
  private final List<Description> descriptions = new ArrayList<>();

  /** A metric for its readers. */
  record Description(String name, String type, List<String> labels, String help) {}

  /** Where metrics of other kinds go. */
  PrometheusRegistry registry() {
    return registry;
  }

  void describe(String name, String type, String help, String... labels) {
    descriptions.add(new Description(name, type, List.of(labels), help));
  }

  void counter(String name, String help, LongSupplier value) {
    describe(name, "counter", help);
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(out -> out.call((double) value.getAsLong()))
        .register(registry);
  }

  void tally(String name, String help, Tally tally, String label) {
    counters(name, help, label, tally::read);
  }

  void counters(String name, String help, String label, Supplier<Map<String, Long>> values) {
    describe(name, "counter", help, label);
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(label)
        .callback(out -> values.get().forEach((of, count) -> out.call(count, of)))
        .register(registry);
  }

  void gauge(String name, String help, IntSupplier value) {
    describe(name, "gauge", help);
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(out -> out.call(value.getAsInt()))
        .register(registry);
  }

  void gauges(String name, String help, String label, Supplier<Map<String, Integer>> values) {
    describe(name, "gauge", help, label);
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(label)
        .callback(out -> values.get().forEach((of, value) -> out.call(value, of)))
        .register(registry);
  }

  void summary(String name, String help, Observations observations) {
    describe(name, "summary", help, "quantile");
    SummaryWithCallback.builder()
        .name(name)
        .help(help)
        .callback(
            out -> {
              Observations.Reading now = observations.read();
              out.call(now.count(), now.sum(), quantiles(now));
            })
        .register(registry);
  }

  private static Quantiles quantiles(Observations.Reading reading) {
    return Quantiles.of(
        Arrays.stream(QUANTILES)
            .mapToObj(part -> new Quantile(part, reading.quantile(part)))
            .toList());
  }

  void latency(String name, String help, Latency latency) {
    describe(name, "histogram", help, "le");
    registry.register(
        () ->
            HistogramSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(point(latency, Labels.EMPTY))
                .build());
  }

  static HistogramDataPointSnapshot point(Latency latency, Labels labels) {
    return HistogramDataPointSnapshot.builder()
        .classicHistogramBuckets(ClassicHistogramBuckets.of(Latency.bounds(), latency.counts()))
        .sum(latency.sum())
        .labels(labels)
        .build();
  }

  /** What there is of Felix, whether it has a value now or not. */
  List<Description> descriptions() {
    return descriptions;
  }

  /** All values as of now, in Prometheus' text format. */
  String text() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      writer.write(out, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return TOTAL.matcher(out.toString(StandardCharsets.UTF_8)).replaceAll("$1$2");
  }
}
