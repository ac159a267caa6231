package calico.datastore.etcd;

import static calico.datastore.Mentions.assertMentions;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import calico.datastore.Revision;
import calico.model.Cidr;
import calico.model.ipam.BlockAffinity;
import calico.model.ipam.IpamConfig;
import calico.model.key.IpamKey;
import calico.model.key.Key;
import calico.model.key.ResourceKey;
import calico.model.key.StatusKey;
import calico.model.resource.DecodeException;
import calico.model.resource.Kinds;
import calico.model.resource.PolicySpec;
import calico.model.resource.Resource;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The texts were recorded from upstream: reading and writing them must give them back. */
class EtcdValuesTest {
  private static final Revision AT = new Revision("42");
  private static final Cidr BLOCK = Cidr.parse("10.133.149.0/26");
  private static final ResourceKey<PolicySpec> POLICY =
      ResourceKey.of(Kinds.NETWORK_POLICY, "shop", "api");

  private static <V> V roundTrip(Key<V> key, String json) {
    V value = EtcdValues.decode(key, json, AT);
    assertEquals(json, EtcdValues.encode(value));
    return value;
  }

  private static String policy(String name, String annotations, String tier) {
    return "{\"kind\":\"NetworkPolicy\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{"
        + "\"name\":\""
        + name
        + "\",\"namespace\":\"shop\",\"uid\":\"541e704d-27a4-45d3-8a25-c53641a1a764\","
        + "\"creationTimestamp\":\"2026-11-20T22:56:17Z\""
        + annotations
        + "},\"spec\":{"
        + tier
        + "\"selector\":\"app == 'api'\",\"types\":[\"Ingress\"]}}";
  }

  @Test
  void ipPool() {
    Resource<?> pool =
        roundTrip(
            ResourceKey.of(Kinds.IP_POOL, "pool-v4"),
            "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"pool-v4\",\"uid\":\"8bd4192c-1fc7-45e8-82f6-0804024d32b8\",\"creationTimestamp\":\"2026-11-20T22:56:17Z\"},\"spec\":{\"cidr\":\"10.128.0.0/16\",\"vxlanMode\":\"CrossSubnet\",\"ipipMode\":\"Never\",\"natOutgoing\":true,\"blockSize\":26,\"nodeSelector\":\"has(rack)\",\"allowedUses\":[\"Workload\",\"Tunnel\"],\"assignmentMode\":\"Automatic\"}}");
    assertEquals("42", pool.metadata().resourceVersion());
  }

  @Test
  void nodeWithStatus() {
    roundTrip(
        ResourceKey.of(Kinds.NODE, "node-b"),
        "{\"kind\":\"Node\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"node-b\",\"uid\":\"549bdcd3-752c-4cb0-a371-dd0fab76c45b\",\"creationTimestamp\":\"2026-11-20T22:56:17Z\"},\"spec\":{\"bgp\":{\"ipv4Address\":\"10.65.0.2/24\"},\"ipv4VXLANTunnelAddr\":\"10.128.7.1\"},\"status\":{}}");
  }

  @Test
  void policyNameStandsInAnAnnotation() {
    String annotations =
        ",\"labels\":{\"projectcalico.org/tier\":\"default\"},\"annotations\":{\"note\":\"kept\","
            + "\"projectcalico.org/metadata\":\"{\\\"name\\\":\\\"api\\\"}\"}";
    Resource<PolicySpec> value =
        roundTrip(POLICY, policy("api", annotations, "\"tier\":\"default\","));
    assertEquals(Map.of("note", "kept"), value.metadata().annotations());
    assertEquals("api", value.metadata().name());
  }

  @Test
  void stagedPoliciesHaveTheAnnotationToo() {
    roundTrip(
        ResourceKey.of(Kinds.STAGED_GLOBAL_NETWORK_POLICY, "maybe-all"),
        "{\"kind\":\"StagedGlobalNetworkPolicy\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"maybe-all\",\"uid\":\"5867e229-0e5b-40a9-9aee-3b4ebe57b3f2\",\"creationTimestamp\":\"2026-11-20T22:56:17Z\",\"labels\":{\"projectcalico.org/tier\":\"default\"},\"annotations\":{\"projectcalico.org/metadata\":\"{\\\"name\\\":\\\"maybe-all\\\"}\"}},\"spec\":{\"stagedAction\":\"Set\",\"tier\":\"default\",\"selector\":\"all()\",\"types\":[\"Egress\"]}}");
    roundTrip(
        ResourceKey.of(Kinds.STAGED_KUBERNETES_NETWORK_POLICY, "shop", "k"),
        "{\"kind\":\"StagedKubernetesNetworkPolicy\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"k\",\"namespace\":\"shop\"},\"spec\":{\"stagedAction\":\"Set\",\"podSelector\":{}}}");
  }

  @Test
  void annotationBeatsTheStoredName() {
    String annotations =
        ",\"annotations\":{\"projectcalico.org/metadata\":\"{\\\"name\\\":\\\"mine\\\"}\"}";
    Resource<PolicySpec> value =
        EtcdValues.decode(POLICY, policy("default.api", annotations, ""), AT);
    assertEquals("mine", value.metadata().name());
    assertEquals(Map.of(), value.metadata().annotations());
  }

  @Test
  void oldDefaultPrefixIsCutOnlyInDefaultTierAndWithoutAnnotation() {
    for (String tier : new String[] {"", "\"tier\":\"\",", "\"tier\":\"default\","}) {
      assertEquals(
          "api", EtcdValues.decode(POLICY, policy("default.api", "", tier), AT).metadata().name());
    }
    assertEquals(
        "default.api",
        EtcdValues.decode(POLICY, policy("default.api", "", "\"tier\":\"security\","), AT)
            .metadata()
            .name());
    assertEquals(
        "knp.default.api",
        EtcdValues.decode(POLICY, policy("knp.default.api", "", ""), AT).metadata().name());
  }

  @Test
  void ipam() {
    roundTrip(
        new IpamKey.Block(BLOCK),
        "{\"cidr\":\"10.0.0.0/31\",\"affinity\":\"host:n1\",\"affinity_claim_time\":\"2026-11-20T22:57:02Z\",\"allocations\":[0,null],\"unallocated\":[1],\"attributes\":[{\"handle_id\":\"h1\",\"secondary\":{\"namespace\":\"d\",\"node\":\"n1\",\"pod\":\"p\",\"timestamp\":\"2026-01-01 00:00:00 +0000 UTC\"}}],\"sequenceNumber\":1763679422154809752,\"sequenceNumberForAllocation\":{\"0\":1763679422154809751},\"deleted\":false}");
    roundTrip(
        IpamKey.Affinity.ofHost("node1", BLOCK), "{\"state\":\"confirmed\",\"deleted\":false}");
    roundTrip(
        new IpamKey.Handle("k8s-pod-network.cid000000"),
        "{\"block\":{\"10.133.149.0/26\":1},\"deleted\":false}");
    roundTrip(new IpamKey.Config(), "{\"strict_affinity\":true,\"auto_allocate_blocks\":true}");
    assertEquals(
        new BlockAffinity("confirmed", false),
        EtcdValues.decode(IpamKey.Affinity.ofHost("node1", BLOCK), "", AT));
    IpamConfig config = EtcdValues.decode(new IpamKey.Config(), "{}", AT);
    assertEquals(false, config.strictAffinity());
  }

  @Test
  void statuses() {
    roundTrip(
        new StatusKey.Felix("no-region", "h"),
        "{\"time\":\"2026-01-01T00:00:00Z\",\"uptime\":1.5,\"first_update\":true}");
    roundTrip(new StatusKey.Host("h", "eth0"), "{\"status\":\"up\"}");
  }

  @Test
  void badValuesAreNamed() {
    DecodeException e =
        assertThrows(
            DecodeException.class,
            () ->
                EtcdValues.decode(
                    POLICY,
                    policy("a", ",\"annotations\":{\"projectcalico.org/metadata\":\"{\"}", ""),
                    AT));
    assertMentions(e, "projectcalico.org/metadata");
  }
}
