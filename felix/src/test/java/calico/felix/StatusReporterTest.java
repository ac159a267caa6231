package calico.felix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.MemoryDatastore;
import calico.datastore.etcd.EtcdKeys;
import calico.datastore.etcd.EtcdValues;
import calico.felix.dataplane.StatusListener.Condition;
import calico.felix.dataplane.StatusListener.State;
import calico.felix.state.StateKey;
import calico.model.config.FelixConfig;
import calico.model.config.Source;
import calico.model.key.Key;
import calico.model.key.StatusKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a node tells of itself, and for how long that is believed. */
class StatusReporterTest {
  private static final StatusKey.Felix ALIVE = new StatusKey.Felix(StatusKey.NO_REGION, "n1");
  private static final StatusKey.LastReported LAST =
      new StatusKey.LastReported(StatusKey.NO_REGION, "n1");

  private static final Condition UP = new Condition(State.UP, "");

  /** A clock that somebody has to move. */
  private static final class Hands extends Clock {
    private volatile Instant now = Instant.parse("2026-01-02T03:04:05.600Z");

    void move(Duration by) {
      now = now.plus(by);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  private final Hands clock = new Hands();
  private final MemoryDatastore datastore = new MemoryDatastore(clock);
  private @Nullable StatusReporter reporter;

  @AfterEach
  void close() {
    if (reporter != null) {
      reporter.close();
    }
    datastore.close();
  }

  private static FelixConfig config(Map<String, String> parameters) {
    Map<String, @Nullable Object> values = new HashMap<>(parameters);
    FelixConfig config = FelixConfig.resolve(List.of(new Source("environment", false, values)));
    assertEquals(List.of(), config.problems());
    return config;
  }

  private StatusReporter start(FelixConfig config) {
    StatusReporter made = new StatusReporter(datastore, "n1", config, clock);
    reporter = made;
    return made;
  }

  /** As it is in etcd, or null. */
  private @Nullable String stored(Key<?> key) {
    return datastore.get(key).map(entry -> EtcdValues.encode(entry.value())).orElse(null);
  }

  private void awaitStored(Key<?> key, @Nullable String value) {
    TestFelix.await(
        () -> EtcdKeys.path(key) + " is " + stored(key) + ", not " + value,
        () -> Objects.equals(value, stored(key)));
  }

  @Test
  void aReportIsBelievedForNinetySecondsAndKeptAsTheLast() {
    FelixConfig defaults = config(Map.of());
    StatusReporter felix = start(defaults);
    clock.move(Duration.ofMillis(12_500));
    felix.setReady(true);
    String first = "{\"time\":\"2026-01-02T03:04:18Z\",\"uptime\":12.5,\"first_update\":true}";
    awaitStored(LAST, first);
    assertEquals(first, stored(ALIVE));
    assertEquals("/calico/felix/v2/no-region/host/n1/status", EtcdKeys.path(ALIVE));
    assertEquals("/calico/felix/v2/no-region/host/n1/last_reported_status", EtcdKeys.path(LAST));

    clock.move(Duration.ofSeconds(90).minusMillis(1));
    assertEquals(first, stored(ALIVE));
    clock.move(Duration.ofMillis(1));
    assertEquals(null, stored(ALIVE));
    assertEquals(first, stored(LAST));

    felix.configure(defaults);
    String second = "{\"time\":\"2026-01-02T03:05:48Z\",\"uptime\":102.5,\"first_update\":false}";
    awaitStored(LAST, second);
    assertEquals(second, stored(ALIVE));
  }

  @Test
  void theTimeToLiveIsASetting() {
    start(config(Map.of("ReportingTTLSecs", "5"))).setReady(true);
    TestFelix.await(() -> "alive", () -> stored(LAST) != null);
    clock.move(Duration.ofSeconds(5).minusMillis(1));
    assertTrue(stored(ALIVE) != null, "a moment before");
    clock.move(Duration.ofMillis(1));
    assertEquals(null, stored(ALIVE));
  }

  @Test
  void endpointsAreToldWhereTheyAreLookedFor() {
    StatusReporter felix = start(config(Map.of("EndpointReportingEnabled", "true")));
    StateKey.Endpoint pod = new StateKey.Endpoint("k8s", "shop/web", "eth0");
    StateKey.HostEndpoint host = new StateKey.HostEndpoint("n1-eth0");
    StatusKey.Workload podStatus =
        new StatusKey.Workload(StatusKey.NO_REGION, "n1", "k8s", "shop/web", "eth0");
    StatusKey.Host hostStatus = new StatusKey.Host("n1", "n1-eth0");
    felix.changed(pod, UP);
    felix.changed(host, new Condition(State.ERROR, "there is no interface eth0"));
    felix.setReady(true);
    awaitStored(podStatus, "{\"status\":\"up\"}");
    awaitStored(hostStatus, "{\"status\":\"error\",\"reason\":\"there is no interface eth0\"}");
    assertEquals("/calico/felix/v1/host/n1/endpoint/n1-eth0", EtcdKeys.path(hostStatus));
    assertEquals(
        "/calico/felix/v2/no-region/host/n1/workload/k8s/shop%2fweb/endpoint/eth0",
        EtcdKeys.path(podStatus));
    felix.changed(host, new Condition(State.DOWN, "interface eth0 is down"));
    awaitStored(hostStatus, "{\"status\":\"down\",\"reason\":\"interface eth0 is down\"}");
    felix.inSync();
    felix.removed(host);
    felix.removed(pod);
    awaitStored(hostStatus, null);
    awaitStored(podStatus, null);
  }

  /** An interface that goes up and down all the time is not told of each time. */
  @Test
  void theNextReportOfEndpointsWaits() {
    StatusReporter felix =
        start(
            config(
                Map.of("EndpointReportingEnabled", "true", "EndpointReportingDelaySecs", "3600")));
    StateKey.HostEndpoint host = new StateKey.HostEndpoint("n1-eth0");
    StatusKey.Host status = new StatusKey.Host("n1", "n1-eth0");
    felix.setReady(true);
    felix.changed(host, UP);
    awaitStored(status, "{\"status\":\"up\"}");
    String last = stored(LAST);
    felix.changed(host, new Condition(State.DOWN, ""));
    felix.setReady(false);
    clock.move(Duration.ofSeconds(1));
    felix.setReady(true);
    TestFelix.await(() -> "another report", () -> !Objects.equals(last, stored(LAST)));
    assertEquals("{\"status\":\"up\"}", stored(status));
    felix.configure(
        config(Map.of("EndpointReportingEnabled", "true", "EndpointReportingDelaySecs", "0")));
    awaitStored(status, "{\"status\":\"down\"}");
  }

  /** Regions share a datastore; only host endpoints have none. */
  @Test
  void aRegionHasReportsOfItsOwn() {
    StatusReporter felix =
        start(config(Map.of("OpenstackRegion", "north", "EndpointReportingEnabled", "true")));
    felix.changed(new StateKey.Endpoint("openstack", "vm", "tap1"), UP);
    felix.changed(new StateKey.HostEndpoint("n1-eth0"), UP);
    felix.setReady(true);
    awaitStored(
        new StatusKey.Workload("region-north", "n1", "openstack", "vm", "tap1"),
        "{\"status\":\"up\"}");
    awaitStored(new StatusKey.Host("n1", "n1-eth0"), "{\"status\":\"up\"}");
    TestFelix.await(
        () -> "alive",
        () -> datastore.get(new StatusKey.LastReported("region-north", "n1")).isPresent());
    assertTrue(datastore.get(new StatusKey.Felix("region-north", "n1")).isPresent());
    assertEquals(null, stored(ALIVE));
  }

  @Test
  void withoutAnIntervalItDoesNotTellThatItLives() {
    StatusReporter felix =
        start(config(Map.of("ReportingIntervalSecs", "0", "EndpointReportingEnabled", "true")));
    felix.changed(new StateKey.HostEndpoint("n1-eth0"), UP);
    felix.setReady(true);
    awaitStored(new StatusKey.Host("n1", "n1-eth0"), "{\"status\":\"up\"}");
    assertEquals(null, stored(ALIVE));
    assertEquals(null, stored(LAST));
  }
}
