package calico.cni;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.Ip;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.ProfileSpec;
import calico.model.resource.Resource;
import calico.model.resource.Rule;
import calico.model.resource.Unknown;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes what the datastore keeps of an attachment: its endpoint, and the network's profile. */
final class Endpoints {
  private static final int WRITE_TRIES = 6;

  private final Datastore datastore;
  private final EndpointReadiness readiness;

  Endpoints(Datastore datastore, EndpointReadiness readiness) {
    this.datastore = datastore;
    this.readiness = readiness;
  }

  /**
   * An attachment as it is to be written.
   *
   * @param pod what is known of it; unused outside Kubernetes
   * @param mac of the container's end
   */
  record Attached(
      Attachment attachment,
      NetConf conf,
      Pod pod,
      Annotations annotations,
      Wiring.Wire wire,
      String mac) {}

  /** The network's own profile, for when no policy source is configured; never changed again. */
  void createProfile(String network, boolean pod) {
    ResourceKey<ProfileSpec> key = ResourceKey.of(Kinds.PROFILE, network);
    if (datastore.get(key).isPresent()) {
      return;
    }
    Rule.Entity members =
        new Rule.Entity(
            null, null, "has(" + network + ")", null, null, null, null, null, null, Unknown.NONE);
    ProfileSpec spec =
        new ProfileSpec(
            List.of(allow(pod ? null : members)),
            List.of(allow(null)),
            Map.of(network, ""),
            Unknown.NONE);
    try {
      datastore.create(key, Resource.of(Kinds.PROFILE, Metadata.named(network), spec));
    } catch (DatastoreException.AlreadyExists _) {
      // Another container of the network came first.
    }
  }

  private static Rule allow(Rule.@Nullable Entity source) {
    return new Rule("Allow", null, null, null, null, null, source, null, null, null, Unknown.NONE);
  }

  /**
   * Writes an endpoint. A new one the dataplane is told of at once.
   *
   * @param read what was there before the call, or null
   */
  void write(Attached attached, @Nullable Entry<Resource<WorkloadEndpointSpec>> read) {
    ResourceKey<WorkloadEndpointSpec> key = attached.attachment().endpoint();
    if (read != null) {
      write(attached, key, read);
      return;
    }
    readiness.announce(key, fresh(attached, key));
    try {
      write(attached, key, null);
    } catch (RuntimeException e) {
      readiness.withdraw(key);
      throw e;
    }
  }

  private void write(
      Attached attached,
      ResourceKey<WorkloadEndpointSpec> key,
      @Nullable Entry<Resource<WorkloadEndpointSpec>> read) {
    Entry<Resource<WorkloadEndpointSpec>> old = read;
    for (int i = 1; ; i++) {
      try {
        if (old == null) {
          datastore.create(key, fresh(attached, key));
        } else {
          Metadata metadata = old.value().metadata();
          datastore.update(
              key,
              old.value()
                  .withMetadata(metadata.withLabels(labels(attached, metadata.labels())))
                  .withSpec(spec(attached, old.value().spec())),
              old.revision());
        }
        return;
      } catch (DatastoreException.Conflict
          | DatastoreException.AlreadyExists
          | DatastoreException.DoesNotExist e) {
        if (i == WRITE_TRIES) {
          throw e;
        }
        old = datastore.get(key).orElse(null);
      }
    }
  }

  private static Resource<WorkloadEndpointSpec> fresh(
      Attached attached, ResourceKey<WorkloadEndpointSpec> key) {
    return Resource.of(
        Kinds.WORKLOAD_ENDPOINT,
        Metadata.named(attached.attachment().namespace(), key.name())
            .withLabels(labels(attached, Map.of())),
        spec(attached, null));
  }

  /** Those of a pod are its own; others are added to. */
  private static Map<String, String> labels(Attached attached, Map<String, String> old) {
    Attachment attachment = attached.attachment();
    Map<String, String> labels = new TreeMap<>(attachment.isPod() ? attached.pod().labels() : old);
    labels.putAll(attached.conf().labels());
    labels.put(Attachment.NAMESPACE_LABEL, attachment.namespace());
    labels.put(Attachment.ORCHESTRATOR_LABEL, attachment.orchestrator());
    return labels;
  }

  private static List<String> profiles(Attached attached, @Nullable WorkloadEndpointSpec old) {
    Attachment attachment = attached.attachment();
    if (!attached.conf().policyType().isEmpty() && attachment.isPod()) {
      return attached.pod().profiles(attachment.namespace());
    }
    Set<String> profiles = new LinkedHashSet<>();
    if (old != null
        && old.profiles() != null
        && attachment.containerId().equals(old.containerID())) {
      profiles.addAll(old.profiles());
    }
    profiles.add(attached.conf().name());
    return List.copyOf(profiles);
  }

  private static List<WorkloadEndpointSpec.IpNat> nats(Attached attached) {
    List<WorkloadEndpointSpec.IpNat> nats = new ArrayList<>();
    for (Ip external : attached.annotations().floating()) {
      Ip internal =
          attached.wire().addresses().stream()
              .filter(ip -> ip.family() == external.family())
              .findFirst()
              .orElseThrow(
                  () ->
                      new CniException(
                          CniException.GENERIC,
                          "no address to translate to",
                          "floatingIPs has "
                              + external
                              + ", and the pod has no address of its"
                              + " family: "
                              + attached.wire().addresses()));
      nats.add(
          new WorkloadEndpointSpec.IpNat(internal.toString(), external.toString(), Unknown.NONE));
    }
    return nats;
  }

  private static WorkloadEndpointSpec spec(Attached attached, @Nullable WorkloadEndpointSpec old) {
    Attachment attachment = attached.attachment();
    Pod pod = attached.pod();
    Annotations annotations = attached.annotations();
    boolean described = !pod.equals(Pod.UNKNOWN);
    Wiring.Wire wire = attached.wire();
    return new WorkloadEndpointSpec(
        attachment.orchestrator(),
        null,
        attachment.node(),
        attachment.containerId(),
        attachment.isPod() ? attachment.pod() : null,
        attachment.ifName(),
        described && !pod.serviceAccount().isEmpty() ? pod.serviceAccount() : null,
        wire.addresses().stream().map(ip -> ip.toCidr().toString()).toList(),
        described ? emptyToNull(nats(attached)) : old == null ? null : old.ipNATs(),
        null,
        null,
        profiles(attached, old),
        wire.hostName(),
        attached.mac(),
        described ? emptyToNull(pod.ports()) : old == null ? null : old.ports(),
        described
            ? emptyToNull(annotations.sources())
            : old == null ? null : old.allowSpoofedSourcePrefixes(),
        old == null ? null : old.qosControls(),
        old == null ? null : old.allowedIps(),
        old == null ? Unknown.NONE : old.unknown());
  }

  private static <T> @Nullable List<T> emptyToNull(List<T> list) {
    return list.isEmpty() ? null : list;
  }
}
