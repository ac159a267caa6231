/**
 * What Felix tells of itself over HTTP: metrics at {@code /metrics}, health at {@code /liveness}
 * and {@code /readiness}. Names, labels, types and the meaning of answers are upstream's, and
 * documented for users in {@code docs/reference/felix/monitoring.md}, which a test holds equal to
 * the code.
 *
 * <pre>
 *   calc loop ------> CalcMetrics -------+
 *   dataplane loop -> DataplaneMetrics --+--on each scrape--> Exposition --> HttpEndpoint /metrics
 *   loops, syncer --> Health (Reporter) -----on each request--------------> HealthEndpoint /liveness ...
 * </pre>
 *
 * <p>Reading order: {@link calico.felix.monitor.Monitoring} (what the configuration switches on),
 * {@link calico.felix.monitor.CalcMetrics}, {@link calico.felix.monitor.DataplaneMetrics} and what
 * they are made of ({@link calico.felix.monitor.Tally}, {@link calico.felix.monitor.Observations},
 * {@link calico.felix.monitor.Latency}, {@link calico.felix.monitor.ObjectProblems}), {@link
 * calico.felix.monitor.Exposition} (the catalogue), {@link calico.felix.monitor.Health}, {@link
 * calico.felix.monitor.HealthEndpoint} (which outlives a Felix), {@link
 * calico.felix.monitor.HttpEndpoint}.
 *
 * <p>Invariants: who counts, counts in plain memory that it was given by its constructor; nothing
 * is registered anywhere global; the metrics library is loaded by the first scrape; no endpoint
 * that cannot be opened ends or delays Felix.
 */
@NullMarked
package calico.felix.monitor;

import org.jspecify.annotations.NullMarked;
