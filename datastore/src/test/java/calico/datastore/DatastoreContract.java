package calico.datastore;

import static calico.datastore.Mentions.assertMentions;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.Cidr;
import calico.model.ipam.IpamHandle;
import calico.model.key.IpamKey;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.key.StatusKey;
import calico.model.resource.EndpointStatus;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NetworkSetSpec;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Datastore} does. A subclass for each backend opens an empty one. */
public abstract class DatastoreContract {
  private static final ResourceKey<NetworkSetSpec> A = key("ns1", "a");
  private static final Query<Resource<NetworkSetSpec>> ALL = Query.all(Kinds.NETWORK_SET);

  private Datastore datastore;

  /** A datastore with nothing in it. */
  protected abstract Datastore open() throws Exception;

  /** Makes the datastore forget the history before its current state. */
  protected abstract void compact() throws Exception;

  /** Breaks the connections of all watches. */
  protected abstract void breakWatches() throws Exception;

  @BeforeEach
  final void openDatastore() throws Exception {
    datastore = open();
  }

  @AfterEach
  final void closeDatastore() {
    datastore.close();
  }

  @Test
  void getOfNothingIsEmpty() {
    assertTrue(datastore.get(A).isEmpty());
    assertEquals(List.of(), datastore.list(ALL).entries());
  }

  @Test
  void keysAreThoseOfTheListing() {
    assertEquals(List.of(), datastore.keys(ALL));
    datastore.create(A, set(A, "10.0.0.0/8"));
    ResourceKey<NetworkSetSpec> other = key("ns2", "a");
    datastore.create(other, set(other, "10.0.0.0/8"));
    datastore.create(new IpamKey.Handle("a"), new IpamHandle(Map.of(), false));
    assertEquals(Set.of(A, other), Set.copyOf(datastore.keys(ALL)));
    assertEquals(List.of(A), datastore.keys(Query.in(Kinds.NETWORK_SET, "ns1")));
    assertEquals(
        Set.copyOf(
            datastore.list(Query.all(Kinds.PROFILE)).entries().stream().map(Entry::key).toList()),
        Set.copyOf(datastore.keys(Query.all(Kinds.PROFILE))));
  }

  @Test
  void createGivesIdentityAndRevision() {
    Entry<Resource<NetworkSetSpec>> created = datastore.create(A, set(A, "10.0.0.0/8"));
    Metadata m = created.value().metadata();
    assertEquals(4, java.util.UUID.fromString(m.uid()).version());
    assertTrue(
        String.valueOf(m.creationTimestamp()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"),
        m::toString);
    assertEquals(created.revision().value(), m.resourceVersion());
    assertEquals(created, datastore.get(A).orElseThrow());
    assertEquals(List.of(created), datastore.list(ALL).entries());
  }

  @Test
  void createRefusesWhatExists() {
    Entry<Resource<NetworkSetSpec>> first = datastore.create(A, set(A, "10.0.0.0/8"));
    assertThrows(
        DatastoreException.AlreadyExists.class, () -> datastore.create(A, set(A, "11.0.0.0/8")));
    assertEquals(first, datastore.get(A).orElseThrow());
  }

  @Test
  void createRefusesResourceVersion() {
    Resource<NetworkSetSpec> value = set(A, "10.0.0.0/8");
    Resource<NetworkSetSpec> versioned =
        value.withMetadata(value.metadata().withResourceVersion("7"));
    assertMentions(
        assertThrows(DatastoreException.class, () -> datastore.create(A, versioned)),
        "Metadata.ResourceVersion = '7'");
    assertTrue(datastore.get(A).isEmpty());
  }

  @Test
  void updateByRevision() {
    Entry<Resource<NetworkSetSpec>> first = datastore.create(A, set(A, "10.0.0.0/8"));
    Resource<NetworkSetSpec> changed = first.value().withSpec(nets("11.0.0.0/8"));
    Entry<Resource<NetworkSetSpec>> second = datastore.update(A, changed, first.revision());
    assertNotEquals(first.revision(), second.revision());
    assertEquals(first.value().metadata().uid(), second.value().metadata().uid());
    assertEquals(nets("11.0.0.0/8"), second.value().spec());
    assertEquals(second, datastore.get(A).orElseThrow());
    assertThrows(
        DatastoreException.Conflict.class, () -> datastore.update(A, changed, first.revision()));
    assertEquals(second, datastore.get(A).orElseThrow());
  }

  @Test
  void updateOfNothing() {
    Entry<Resource<NetworkSetSpec>> gone = datastore.create(A, set(A, "10.0.0.0/8"));
    datastore.delete(A, null);
    assertThrows(
        DatastoreException.DoesNotExist.class,
        () -> datastore.update(A, gone.value(), gone.revision()));
    assertTrue(datastore.get(A).isEmpty());
  }

  @Test
  void updateNeedsIdentity() {
    Entry<Resource<NetworkSetSpec>> first = datastore.create(A, set(A, "10.0.0.0/8"));
    assertMentions(
        assertThrows(
            DatastoreException.class,
            () -> datastore.update(A, set(A, "11.0.0.0/8"), first.revision())),
        "Metadata.UID");
  }

  @Test
  void deleteTakesTheRevisionThatWasRead() {
    Entry<Resource<NetworkSetSpec>> first = datastore.create(A, set(A, "10.0.0.0/8"));
    Entry<Resource<NetworkSetSpec>> second =
        datastore.update(A, first.value().withSpec(nets("11.0.0.0/8")), first.revision());
    assertThrows(DatastoreException.Conflict.class, () -> datastore.delete(A, first.revision()));
    datastore.delete(A, second.revision());
    assertEquals(Optional.empty(), datastore.get(A));
    assertThrows(DatastoreException.DoesNotExist.class, () -> datastore.delete(A, null));
    assertThrows(
        DatastoreException.DoesNotExist.class, () -> datastore.delete(A, second.revision()));
  }

  @Test
  void queriesNameExactlyTheirKeys() {
    for (String[] name :
        new String[][] {{"ns1", "a"}, {"ns1", "ab"}, {"ns10", "a"}, {"ns2", "b"}}) {
      ResourceKey<NetworkSetSpec> key = key(name[0], name[1]);
      datastore.create(key, set(key, "10.0.0.0/8"));
    }
    assertEquals(List.of("ns1/a", "ns1/ab", "ns10/a", "ns2/b"), names(ALL));
    assertEquals(List.of("ns1/a", "ns1/ab"), names(Query.in(Kinds.NETWORK_SET, "ns1")));
    assertEquals(List.of("ns1/ab"), names(new Query.Resources<>(Kinds.NETWORK_SET, "ns1", "ab")));
    assertEquals(List.of(), names(Query.in(Kinds.NETWORK_SET, "ns")));
  }

  @Test
  void scanPassesPagesInOrderOfOneRevision() {
    // More than the first page of any backend.
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 1100; i++) {
      ResourceKey<NetworkSetSpec> key = key("ns%d".formatted(i % 3), "n%04d".formatted(i));
      datastore.put(key, set(key, "10.0.0.0/8"), null);
      expected.add(key.namespace() + "/" + key.name());
    }
    Collections.sort(expected);
    List<String> found = new ArrayList<>();
    Set<Revision> revisions = new HashSet<>();
    int[] pages = {0};
    ResourceKey<NetworkSetSpec> late = key("ns9", "late");
    Revision revision =
        datastore.scan(
            ALL,
            page -> {
              if (pages[0]++ == 0) {
                datastore.create(late, set(late, "10.0.0.0/8"));
              }
              page.entries()
                  .forEach(e -> found.add(e.value().metadata().namespace() + "/" + name(e)));
              revisions.add(page.revision());
              return true;
            });
    assertEquals(expected, found, "without what came after the first page");
    assertEquals(Set.of(revision), revisions);
    assertTrue(pages[0] > 1, "one page");
  }

  @Test
  void scanEndsWhenToldTo() {
    for (int i = 0; i < 1100; i++) {
      ResourceKey<NetworkSetSpec> key = key("ns", "n" + i);
      datastore.put(key, set(key, "10.0.0.0/8"), null);
    }
    List<Integer> sizes = new ArrayList<>();
    datastore.scan(
        ALL,
        page -> {
          sizes.add(page.entries().size());
          return false;
        });
    assertEquals(1, sizes.size());
    assertTrue(sizes.getFirst() < 1100, sizes::toString);
  }

  @Test
  void scanOfWhatIsWantedByItsText() {
    for (int i = 0; i < 5100; i++) {
      ResourceKey<NetworkSetSpec> key = key("ns", "n%04d".formatted(i));
      datastore.put(key, set(key, i % 1000 == 7 ? "192.0.2.0/24" : "10.0.0.0/8"), null);
    }
    List<String> found = new ArrayList<>();
    int[] asked = {0};
    datastore.scan(
        ALL,
        (key, text) -> {
          asked[0]++;
          assertTrue(text.contains('"' + ((ResourceKey<?>) key).name() + '"'), text);
          return text.contains("192.0.2.0/24");
        },
        page -> {
          page.entries().forEach(e -> found.add(name(e)));
          return true;
        });
    assertEquals(5100, asked[0]);
    assertEquals(List.of("n0007", "n1007", "n2007", "n3007", "n4007", "n5007"), found);
  }

  @Test
  void scanOfNothingIsOneEmptyPage() {
    List<Listing<Resource<NetworkSetSpec>>> pages = new ArrayList<>();
    Revision revision = datastore.scan(ALL, pages::add);
    assertEquals(List.of(new Listing<>(List.of(), revision)), pages);
  }

  private static String name(Entry<Resource<NetworkSetSpec>> entry) {
    return entry.value().metadata().name();
  }

  @Test
  void putWhateverIsThere() {
    Key<EndpointStatus> key = new StatusKey.Host("h", "eth0");
    Entry<EndpointStatus> up = datastore.put(key, new EndpointStatus("up"), null);
    Entry<EndpointStatus> down = datastore.put(key, new EndpointStatus("down"), null);
    assertNotEquals(up.revision(), down.revision());
    assertEquals(down, datastore.get(key).orElseThrow());
    assertEquals(List.of(down), datastore.list(new Query.HostStatuses("h")).entries());
  }

  @Test
  void putWithTtlVanishesAndIsReported() throws Exception {
    Key<EndpointStatus> key = new StatusKey.Host("h", "eth0");
    Query<EndpointStatus> query = new Query.HostStatuses("h");
    RecordingListener<EndpointStatus> listener = new RecordingListener<>();
    try (Watch _ = datastore.watch(query, datastore.list(query).revision(), listener)) {
      datastore.put(key, new EndpointStatus("up"), Duration.ofSeconds(1));
      assertTrue(datastore.get(key).isPresent());
      pass(Duration.ofSeconds(1));
      assertEquals(List.of("put " + key, "delete " + key), listener.awaitEvents(2));
      assertTrue(datastore.get(key).isEmpty());
    }
  }

  /** Lets time pass for a datastore that has its own clock. */
  protected void pass(Duration time) {}

  @Test
  void ipamValuesRoundTrip() {
    IpamKey.Handle key = new IpamKey.Handle("net.c1");
    IpamHandle handle = new IpamHandle(Map.of(Cidr.parse("10.0.0.0/26"), 1), false);
    Entry<IpamHandle> created = datastore.create(key, handle);
    assertEquals(handle, created.value());
    assertEquals(created, datastore.get(key).orElseThrow());
    assertEquals(List.of(created), datastore.list(new Query.Handles()).entries());
    IpamHandle two = new IpamHandle(Map.of(Cidr.parse("10.0.0.0/26"), 2), false);
    assertEquals(two, datastore.update(key, two, created.revision()).value());
  }

  @Test
  void watchReportsChangesInOrder() throws Exception {
    RecordingListener<Resource<NetworkSetSpec>> listener = new RecordingListener<>();
    Entry<Resource<NetworkSetSpec>> before = datastore.create(A, set(A, "10.0.0.0/8"));
    try (Watch _ = datastore.watch(ALL, datastore.list(ALL).revision(), listener)) {
      Entry<Resource<NetworkSetSpec>> updated =
          datastore.update(A, before.value().withSpec(nets("11.0.0.0/8")), before.revision());
      datastore.put(new StatusKey.Host("h", "e"), new EndpointStatus("up"), null);
      datastore.delete(A, null);
      Entry<Resource<NetworkSetSpec>> again = datastore.create(A, set(A, "12.0.0.0/8"));
      assertEquals(List.of("put " + A, "delete " + A, "put " + A), listener.awaitEvents(3));
      // The same revision as the write returned, so that a listing can be compared with a watch.
      assertEquals(List.of(updated, again), listener.entries());
    }
  }

  @Test
  void watchReplaysFromItsRevision() throws Exception {
    Revision from = datastore.list(ALL).revision();
    ResourceKey<NetworkSetSpec> b = key("ns2", "b");
    datastore.create(A, set(A, "10.0.0.0/8"));
    datastore.create(b, set(b, "10.0.0.0/8"));
    datastore.delete(A, null);
    RecordingListener<Resource<NetworkSetSpec>> all = new RecordingListener<>();
    RecordingListener<Resource<NetworkSetSpec>> some = new RecordingListener<>();
    try (Watch _ = datastore.watch(ALL, from, all);
        Watch _ = datastore.watch(Query.in(Kinds.NETWORK_SET, "ns2"), from, some)) {
      assertEquals(List.of("put " + A, "put " + b, "delete " + A), all.awaitEvents(3));
      assertEquals(List.of("put " + b), some.awaitEvents(1));
    }
  }

  @Test
  void watchFromCompactedRevisionEnds() throws Exception {
    Revision from = datastore.list(ALL).revision();
    Entry<Resource<NetworkSetSpec>> entry = datastore.create(A, set(A, "10.0.0.0/8"));
    datastore.update(A, entry.value(), entry.revision());
    compact();
    RecordingListener<Resource<NetworkSetSpec>> listener = new RecordingListener<>();
    try (Watch _ = datastore.watch(ALL, from, listener)) {
      assertEquals(List.of("ended Compacted"), listener.awaitEvents(1));
    }
  }

  @Test
  void brokenWatchEndsOnce() throws Exception {
    RecordingListener<Resource<NetworkSetSpec>> listener = new RecordingListener<>();
    try (Watch _ = datastore.watch(ALL, datastore.list(ALL).revision(), listener)) {
      datastore.create(A, set(A, "10.0.0.0/8"));
      listener.awaitEvents(1);
      breakWatches();
      assertEquals(List.of("put " + A, "ended Unavailable"), listener.awaitEvents(2));
      assertMentions(listener.ends().getFirst(), "");
    }
  }

  @Test
  void closedWatchIsSilent() throws Exception {
    RecordingListener<Resource<NetworkSetSpec>> closed = new RecordingListener<>();
    RecordingListener<Resource<NetworkSetSpec>> open = new RecordingListener<>();
    Revision from = datastore.list(ALL).revision();
    try (Watch _ = datastore.watch(ALL, from, open)) {
      datastore.watch(ALL, from, closed).close();
      datastore.create(A, set(A, "10.0.0.0/8"));
      open.awaitEvents(1);
    }
    assertEquals(List.of(), closed.events());
  }

  @Test
  void defaultAllowProfileIsAlwaysThere() {
    var key = DefaultAllowProfile.KEY;
    Entry<?> entry = datastore.get(key).orElseThrow();
    assertEquals("1", entry.revision().value());
    assertEquals(List.of(entry), datastore.list(Query.all(Kinds.PROFILE)).entries());
    var value = datastore.get(key).orElseThrow().value();
    assertThrows(DatastoreException.AlreadyExists.class, () -> datastore.create(key, value));
    assertThrows(
        DatastoreException.NotSupported.class,
        () -> datastore.update(key, value, entry.revision()));
    assertThrows(DatastoreException.NotSupported.class, () -> datastore.delete(key, null));
  }

  @Test
  void namelessThingsStayAbsent() {
    assertNull(datastore.get(new IpamKey.Config()).orElse(null));
    assertNotNull(datastore.list(new Query.Blocks(null)).revision());
  }

  private List<String> names(Query<Resource<NetworkSetSpec>> query) {
    return datastore.list(query).entries().stream()
        .map(e -> e.value().metadata().namespace() + "/" + e.value().metadata().name())
        .sorted()
        .collect(Collectors.toList());
  }

  static ResourceKey<NetworkSetSpec> key(String namespace, String name) {
    return ResourceKey.of(Kinds.NETWORK_SET, namespace, name);
  }

  static Resource<NetworkSetSpec> set(ResourceKey<NetworkSetSpec> key, String net) {
    String namespace = java.util.Objects.requireNonNull(key.namespace());
    return Resource.of(Kinds.NETWORK_SET, Metadata.named(namespace, key.name()), nets(net));
  }

  static NetworkSetSpec nets(String net) {
    return new NetworkSetSpec(List.of(net), Unknown.NONE);
  }
}
