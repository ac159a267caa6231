package calico.felix.policysync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey.Endpoint;
import calico.felix.state.StateKey.PolicyId;
import calico.felix.state.StateKey.ProfileId;
import calico.felix.state.StateKey.SetId;
import calico.model.Cidr;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.ProfileSpec;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import calico.policysync.NamespaceID;
import calico.policysync.PolicySyncGrpc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real clients over real sockets. */
class PolicySyncTest {
  private static final Endpoint ENDPOINT = new Endpoint("k8s", "ns/pod", "eth0");
  private static final PolicyId POLICY = new PolicyId("NetworkPolicy", "ns", "web");
  private static final ProfileId PROFILE = new ProfileId("kns.ns");
  private static final SetId SET = new SetId("s:set");
  private static final Cidr NET = Cidr.parse("10.0.0.1/32");

  @TempDir Path prefix;
  private PolicySync policySync;

  @BeforeEach
  void start() {
    policySync = new PolicySync(prefix);
  }

  @AfterEach
  void end() {
    policySync.close();
  }

  private static ResolvedRule from(SetId set) {
    ResolvedRule.Side source =
        new ResolvedRule.Side(
            List.of(),
            List.of(),
            List.of(set),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of());
    return new ResolvedRule(
        ResolvedRule.Action.ALLOW,
        null,
        6,
        null,
        null,
        null,
        source,
        ResolvedRule.Side.ANY,
        Map.of());
  }

  private static StateChange.Put<AddressSet> set() {
    return new StateChange.Put<>(
        SET, new AddressSet(AddressSet.Type.NETS, Set.of(new Member.Net(NET))));
  }

  private static StateChange member(String net, boolean gained) {
    Set<Member> members = Set.of(new Member.Net(Cidr.parse(net)));
    return new StateChange.MembersChanged(
        SET, gained ? members : Set.of(), gained ? Set.of() : members);
  }

  private static StateChange endpoint() {
    return new StateChange.Put<>(
        ENDPOINT,
        new LocalEndpoint(
            "cali1",
            null,
            List.of(NET, Cidr.parse("fd00::1/128")),
            List.of(new TierPolicies("default", false, List.of(POLICY), List.of())),
            List.of(PROFILE)));
  }

  private void putAll() {
    policySync.apply(
        List.of(
            set(),
            new StateChange.Put<>(POLICY, new Policy(List.of(from(SET)), List.of())),
            new StateChange.Put<>(PROFILE, new ProfileRules(List.of(), List.of())),
            endpoint(),
            new StateChange.InSync()));
  }

  private void putNamespace(Map<String, String> labels) {
    policySync.onUpdate(
        ResourceKey.of(Kinds.PROFILE, "kns.ns"),
        Resource.of(
            Kinds.PROFILE,
            Metadata.named("kns.ns"),
            new ProfileSpec(null, null, labels, Unknown.NONE)));
  }

  @Test
  void namesAreTheProtocols() {
    assertEquals("felix.PolicySync/Sync", PolicySyncGrpc.getSyncMethod().getFullMethodName());
    assertEquals("felix.PolicySync/Report", PolicySyncGrpc.getReportMethod().getFullMethodName());
  }

  @Test
  void clientsGetTheirWorkloadThenInSyncThenChanges() throws IOException {
    putAll();
    putNamespace(Map.of("pcns.team", "a"));
    try (Pod pod = new Pod(prefix, "1", "pod");
        Pod other = new Pod(prefix, "2", "other")) {
      Pod.Sync sync = pod.sync();
      sync.await(view -> view.inSync);
      sync.await(view -> view.endpoint != null && view.sets.containsValue(Set.of("10.0.0.1/32")));
      NamespaceID namespace = NamespaceID.newBuilder().setName("ns").build();
      sync.await(view -> Map.of("team", "a").equals(view.namespaces.get(namespace)));

      policySync.apply(List.of(member("10.0.0.2/32", true)));
      sync.await(view -> view.sets.containsValue(Set.of("10.0.0.1/32", "10.0.0.2/32")));
      policySync.onUpdate(ResourceKey.of(Kinds.PROFILE, "kns.ns"), null);
      sync.await(view -> view.namespaces.isEmpty());

      Pod.Sync elsewhere = other.sync();
      elsewhere.await(view -> view.inSync);
      elsewhere.await(view -> view.endpoint == null && view.policies.isEmpty());
      assertFalse(pod.report().getSuccessful(), "nobody collects statistics");
    }
  }

  @Test
  void aClientMayComeBeforeItsEndpoint() throws IOException {
    try (Pod pod = new Pod(prefix, "1", "pod")) {
      Pod.Sync sync = pod.sync();
      putAll();
      sync.await(view -> view.inSync && view.endpoint != null);
    }
  }

  @Test
  void streamsEndWithTheEndpoint() throws IOException {
    putAll();
    try (Pod pod = new Pod(prefix, "1", "pod")) {
      Pod.Sync sync = pod.sync();
      sync.await(view -> view.inSync);
      policySync.apply(
          List.of(
              new StateChange.Removed(ENDPOINT),
              new StateChange.Removed(PROFILE),
              new StateChange.Removed(POLICY),
              new StateChange.Removed(SET)));
      sync.await(view -> view.removed);
      Pod.eventually(sync::completed);

      Pod.Sync again = pod.sync();
      again.await(view -> view.inSync && view.endpoint == null);
      putAll();
      again.await(view -> view.endpoint != null);
    }
  }

  @Test
  void theLatestClientTakesOver() throws IOException {
    putAll();
    try (Pod pod = new Pod(prefix, "1", "pod")) {
      Pod.Sync first = pod.sync();
      first.await(view -> view.inSync);
      Pod.Sync second = pod.sync();
      second.await(view -> view.inSync);
      Pod.eventually(first::completed);
      policySync.apply(List.of(member("10.0.0.2/32", true)));
      second.await(view -> view.sets.containsValue(Set.of("10.0.0.1/32", "10.0.0.2/32")));

      second.cancel();
      Pod.Sync third = pod.sync();
      third.await(view -> view.inSync);
      assertFalse(third.completed());
    }
  }

  @Test
  void aClientThatDoesNotReadHoldsUpNobodyAndGetsWhatCounts() throws IOException {
    putAll();
    try (Pod pod = new Pod(prefix, "1", "pod");
        Pod other = new Pod(prefix, "2", "other")) {
      Pod.Sync stalled = pod.stall();
      int changes = 200_000;
      for (int i = 0; i < changes; i++) {
        policySync.apply(List.of(member("10.0.0.2/32", i % 2 == 0)));
        putNamespace(Map.of("pcns.i", Integer.toString(i)));
      }
      other.sync().await(view -> view.inSync);

      stalled.read();
      stalled.await(
          view ->
              view.inSync
                  && view.namespaces.containsValue(Map.of("i", Integer.toString(changes - 1)))
                  && view.sets.containsValue(Set.of("10.0.0.1/32")));
      // Beside what the buffers between the two hold.
      stalled.await(view -> view.messages < changes / 4);
    }
  }

  @Test
  void setsThatDoNotFitIntoAMessageComeInParts() throws IOException {
    putAll();
    try (Pod pod = new Pod(prefix, "1", "pod")) {
      Pod.Sync sync = pod.sync();
      sync.await(view -> view.inSync);
      Set<Member> many = new HashSet<>();
      for (int i = 0; i < Messages.MAX_MEMBERS + 10; i++) {
        many.add(new Member.Net(Cidr.parse("2001:db8:1111:2222:3333:4444:" + hex(i) + "/128")));
      }
      policySync.apply(List.of(new StateChange.MembersChanged(SET, many, Set.of())));
      sync.await(view -> view.sets.values().iterator().next().size() == many.size() + 1);
      Pod.Sync again = pod.sync();
      again.await(view -> view.inSync);
      again.await(view -> view.sets.values().iterator().next().size() == many.size() + 1);
    }
  }

  private static String hex(int i) {
    return Integer.toHexString(0x1000 + (i >> 12)) + ":" + Integer.toHexString(0x1000 + (i & 4095));
  }

  @Test
  void socketsComeAndGoWithTheCredentials() throws IOException {
    try (Pod pod = new Pod(prefix, "1", "pod")) {
      Pod.eventually(() -> Files.exists(pod.socket));
      Pod.eventually(() -> permissions(pod.socket).equals(Set.of(PosixFilePermission.values())));
      Files.delete(pod.credentials);
      Pod.eventually(() -> !Files.exists(pod.socket));
    }
  }

  private static Set<PosixFilePermission> permissions(Path file) {
    try {
      return Files.getPosixFilePermissions(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void credentialsThatAreWrittenInTwoWritesAndALeftSocketDoNoHarm() throws IOException {
    Path left = Files.createDirectories(prefix.resolve("mount/1")).resolve("socket");
    Files.writeString(left, "");
    Path credentials = Files.createDirectories(prefix.resolve("creds")).resolve("1.json");
    Files.writeString(credentials, "{\"Workload\":");
    putAll();
    try (Pod whole = new Pod(prefix, "2", "other")) {
      whole.sync().await(view -> view.inSync); // a scan has seen both
    }
    try (Pod pod = new Pod(prefix, "1", "pod")) {
      Pod.eventually(() -> !Files.isRegularFile(left));
      pod.sync().await(view -> view.inSync && view.endpoint != null);
    }
    assertTrue(Files.exists(left));
    policySync.close();
    assertFalse(Files.exists(left));
  }
}
