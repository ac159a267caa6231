package calico.cni;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.Ip;
import calico.model.key.Key;
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
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the datastore keeps of attachments: their endpoints, and the networks' profiles. An endpoint
 * that was written here need not be read to be deleted: whether it is still what it was, the
 * deletion finds out.
 */
final class Endpoints {
  private static final Logger LOG = LoggerFactory.getLogger(Endpoints.class);
  private static final int TRIES = 6;

  /** Which network an endpoint is of: GC, which is about one, has to know. */
  static final String NETWORK_ANNOTATION = "cni.projectcalico.org/network";

  private final Datastore datastore;
  private final EndpointReadiness readiness;

  /** As they were last written here. */
  private final Map<Key<?>, Entry<Resource<WorkloadEndpointSpec>>> written =
      new ConcurrentHashMap<>();

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

  /** The endpoint as it is, or null. */
  @Nullable Entry<Resource<WorkloadEndpointSpec>> read(Attachment attachment) {
    return datastore.get(attachment.endpoint()).orElse(null);
  }

  /**
   * Deletes the endpoint unless it is another container's now.
   *
   * @return whether no other container has it now; unknown, and so false, for a pod without one
   */
  boolean delete(Attachment attachment) {
    ResourceKey<WorkloadEndpointSpec> key = attachment.endpoint();
    Entry<Resource<WorkloadEndpointSpec>> endpoint = written.remove(key);
    if (endpoint == null || !isOf(attachment, endpoint)) {
      endpoint = read(attachment);
    }
    for (int i = 1; ; i++) {
      if (endpoint == null) {
        return !attachment.isPod();
      }
      if (!isOf(attachment, endpoint)) {
        LOG.info("{} stays: it belongs to container {} now", key, owner(endpoint));
        return false;
      }
      try {
        datastore.delete(key, endpoint.revision());
        return true;
      } catch (DatastoreException.DoesNotExist _) {
        return true;
      } catch (DatastoreException.Conflict e) {
        if (i == TRIES) {
          throw e;
        }
        endpoint = read(attachment);
      }
    }
  }

  private static @Nullable String owner(Entry<Resource<WorkloadEndpointSpec>> endpoint) {
    return endpoint.value().spec().containerID();
  }

  private static boolean isOf(
      Attachment attachment, Entry<Resource<WorkloadEndpointSpec>> endpoint) {
    String owner = owner(endpoint);
    return owner == null || owner.isEmpty() || owner.equals(attachment.containerId());
  }

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
   * Writes an endpoint, of which the dataplane is told at once.
   *
   * @param read what was there before the call, or null
   */
  void write(Attached attached, @Nullable Entry<Resource<WorkloadEndpointSpec>> read) {
    ResourceKey<WorkloadEndpointSpec> key = attached.attachment().endpoint();
    readiness.announce(key, read == null ? fresh(attached, key) : changed(attached, read.value()));
    try {
      write(attached, key, read);
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
          written.put(key, datastore.create(key, fresh(attached, key)));
        } else {
          written.put(key, datastore.update(key, changed(attached, old.value()), old.revision()));
        }
        return;
      } catch (DatastoreException.Conflict
          | DatastoreException.AlreadyExists
          | DatastoreException.DoesNotExist e) {
        if (i == TRIES) {
          throw e;
        }
        old = read(attached.attachment());
      }
    }
  }

  private static Resource<WorkloadEndpointSpec> changed(
      Attached attached, Resource<WorkloadEndpointSpec> old) {
    return old.withMetadata(described(attached, old.metadata()))
        .withSpec(spec(attached, old.spec()));
  }

  private static Resource<WorkloadEndpointSpec> fresh(
      Attached attached, ResourceKey<WorkloadEndpointSpec> key) {
    return Resource.of(
        Kinds.WORKLOAD_ENDPOINT,
        described(attached, Metadata.named(attached.attachment().namespace(), key.name())),
        spec(attached, null));
  }

  private static Metadata described(Attached attached, Metadata old) {
    Map<String, String> annotations = new TreeMap<>(old.annotations());
    annotations.put(NETWORK_ANNOTATION, attached.conf().name());
    return old.withLabels(labels(attached, old.labels())).withAnnotations(annotations);
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
        described ? QosAnnotations.of(pod.annotations()) : old == null ? null : old.qosControls(),
        old == null ? null : old.allowedIps(),
        old == null ? Unknown.NONE : old.unknown());
  }

  private static <T> @Nullable List<T> emptyToNull(List<T> list) {
    return list.isEmpty() ? null : list;
  }
}
