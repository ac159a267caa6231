package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.datastore.ClusterInit;
import calico.datastore.MemoryDatastore;
import calico.model.key.ResourceKey;
import calico.model.resource.ClusterInformationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Unknown;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What several components make of one ClusterInformation. */
class ClusterInitTest {
  private static final UUID FIRST = new UUID(1, 2);
  private static final String GUID = "00000000000000010000000000000002";

  private final MemoryDatastore datastore = new MemoryDatastore();

  @AfterEach
  void close() {
    datastore.close();
  }

  @Test
  void typesAreMergedAndTheRestIsKept() {
    ensure(null, null, FIRST);
    expect(null, null);
    ensure("k8s,bgp", "v1", UUID.randomUUID());
    expect("k8s,bgp", "v1");
    ensure("bgp,openstack", null, UUID.randomUUID());
    expect("k8s,bgp,openstack", "v1");
    ensure(null, "v2", UUID.randomUUID());
    expect("k8s,bgp,openstack", "v2");
  }

  @Test
  void aLockedDatastoreStaysLocked() {
    ensure(null, null, FIRST);
    var key = ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default");
    var entry = datastore.get(key).orElseThrow();
    var locked = new ClusterInformationSpec(GUID, null, null, false, null, Unknown.NONE);
    datastore.update(key, entry.value().withSpec(locked), entry.revision());
    ensure(null, null, UUID.randomUUID());
    assertEquals(locked, datastore.get(key).orElseThrow().value().spec());
  }

  private void ensure(@Nullable String type, @Nullable String version, UUID uuid) {
    ClusterInit.ensure(datastore, new ClusterInit.Options(type, version, () -> uuid));
  }

  private void expect(@Nullable String type, @Nullable String version) {
    assertEquals(
        new ClusterInformationSpec(GUID, type, version, true, null, Unknown.NONE),
        datastore
            .get(ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default"))
            .orElseThrow()
            .value()
            .spec());
  }
}
