package calico.felix;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.datastore.MemoryDatastore;
import calico.model.key.Key;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class AnnouncementsTest {
  private static final String NAME = "node1-cni-c1-eth0";
  private static final ResourceKey<WorkloadEndpointSpec> KEY =
      ResourceKey.of(Kinds.WORKLOAD_ENDPOINT, "default", NAME);
  private static final Resource<WorkloadEndpointSpec> OLD = endpoint("old", "10.65.0.1/32");
  private static final Resource<WorkloadEndpointSpec> NEW = endpoint("new", "10.65.0.2/32");

  private final MemoryDatastore datastore = new MemoryDatastore();
  private final List<Optional<Object>> told = new ArrayList<>();
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private boolean valid = true;
  private final Announcements announcements =
      new Announcements(datastore, _ -> valid, this::tell, waiting::add);

  private static Resource<WorkloadEndpointSpec> endpoint(String container, String network) {
    return ResourceCodec.decode(
        Kinds.WORKLOAD_ENDPOINT,
        Map.of(
            "metadata",
            Map.of("name", NAME, "namespace", "default"),
            "spec",
            Map.of(
                "orchestrator", "cni", "containerID", container, "ipNetworks", List.of(network))));
  }

  private void tell(Key<?> key, Optional<Object> value) {
    assertEquals(KEY, key);
    told.add(value);
  }

  private Resource<WorkloadEndpointSpec> stored(Resource<WorkloadEndpointSpec> endpoint) {
    return datastore.put(KEY, endpoint, null).value();
  }

  @Test
  void theDatastoreConfirmsAndFromThenOnCounts() {
    announcements.announce(KEY, NEW);
    Resource<WorkloadEndpointSpec> written = stored(NEW);
    announcements.onUpdate(KEY, written);
    announcements.onUpdate(KEY, OLD);
    announcements.onUpdate(KEY, null);
    waiting.remove().run();
    assertEquals(
        List.of(Optional.of(NEW), Optional.of(written), Optional.of(OLD), Optional.empty()), told);
  }

  @Test
  void olderNewsDoNotUndoWhatWasAnnounced() {
    announcements.announce(KEY, NEW);
    announcements.onUpdate(KEY, OLD);
    announcements.onUpdate(KEY, null);
    assertEquals(List.of(Optional.of(NEW)), told);
    announcements.onUpdate(KEY, NEW);
    assertEquals(List.of(Optional.of(NEW), Optional.of(NEW)), told);
  }

  @Test
  void whatWasNotWrittenGoes() {
    announcements.announce(KEY, NEW);
    announcements.withdraw(KEY);
    assertEquals(List.of(Optional.of(NEW), Optional.empty()), told);
    waiting.remove().run();
    assertEquals(2, told.size());
  }

  @Test
  void whoeverWroteBeforeTakesThePlace() {
    announcements.announce(KEY, NEW);
    Resource<WorkloadEndpointSpec> theirs = stored(OLD);
    announcements.onUpdate(KEY, theirs);
    announcements.withdraw(KEY);
    assertEquals(List.of(Optional.of(NEW), Optional.of(theirs)), told);
  }

  @Test
  void whatTheDatastoreDoesNotBringIsAskedFor() {
    announcements.announce(KEY, NEW);
    Resource<WorkloadEndpointSpec> written = stored(NEW);
    datastore.setUnavailable(true);
    waiting.remove().run();
    assertEquals(1, told.size());
    datastore.setUnavailable(false);
    waiting.remove().run();
    assertEquals(List.of(Optional.of(NEW), Optional.of(written)), told);
    assertEquals(0, waiting.size());
  }

  @Test
  void onlyTheLastAnnouncementIsAskedFor() {
    announcements.announce(KEY, OLD);
    announcements.announce(KEY, NEW);
    waiting.remove().run();
    assertEquals(List.of(Optional.of(OLD), Optional.of(NEW)), told);
  }

  @Test
  void whatIsNotValidIsNotAnnounced() {
    valid = false;
    announcements.announce(KEY, NEW);
    assertEquals(List.of(), told);
    announcements.onUpdate(KEY, null);
    assertEquals(List.of(Optional.empty()), told);
  }
}
