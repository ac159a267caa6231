package calico.cni;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.InterfaceAddress;
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
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attaches a container: addresses, wire, profile, endpoint, and then the wait for the dataplane.
 * The endpoint comes last because from then on others rely on the rest.
 */
final class AddCommand {
  private static final Logger LOG = LoggerFactory.getLogger(AddCommand.class);
  private static final int WRITE_TRIES = 6;

  private final Datastore datastore;
  private final CalicoIpam calicoIpam;
  private final DelCommand del;
  private final Wiring wiring;
  private final EndpointReadiness readiness;
  private final CniSettings settings;

  AddCommand(
      Datastore datastore,
      CalicoIpam calicoIpam,
      DelCommand del,
      Wiring wiring,
      EndpointReadiness readiness,
      CniSettings settings) {
    this.datastore = datastore;
    this.calicoIpam = calicoIpam;
    this.del = del;
    this.wiring = wiring;
    this.readiness = readiness;
    this.settings = settings;
  }

  /**
   * Attaches, or finds attached what is.
   *
   * @throws CniException after taking back what was done
   */
  CniResult run(CniRequest request, NetConf conf, Attachment attachment) {
    int mtu = conf.mtu() > 0 ? conf.mtu() : settings.defaultMtu();
    ResourceKey<WorkloadEndpointSpec> key = attachment.endpoint();
    Entry<Resource<WorkloadEndpointSpec>> existing = datastore.get(key).orElse(null);
    List<Ip> kept = existing == null ? List.of() : addressesOf(existing.value(), attachment);
    Map<?, ?> dns = Map.of();
    List<Ip> addresses = kept;
    if (kept.isEmpty()) {
      CniResult assigned = assign(request, conf, attachment);
      addresses = assigned.addresses().stream().map(InterfaceAddress::ip).toList();
      dns = assigned.dns();
    }
    Wiring.Wire wire =
        new Wiring.Wire(
            attachment.hostInterface(settings.podInterfacePrefix()),
            request.netns(),
            attachment.ifName(),
            mtu,
            addresses,
            conf.allowIpForwarding());
    boolean wired = !kept.isEmpty() && !attachment.isPod() && wiring.isConnected(wire);
    try {
      String mac = wired ? wiring.containerMac(wire) : wiring.connect(wire);
      if (conf.policyType().isEmpty()) {
        createProfile(conf.name(), attachment.isPod());
      }
      write(key, attachment, conf, wire, mac);
      awaitDataplane(key, conf);
      return result(wire, mac, request.netns(), dns);
    } catch (RuntimeException e) {
      if (kept.isEmpty()) {
        takeBack(request, conf, attachment, addresses, e);
      }
      throw e;
    }
  }

  /** The addresses that this very container has from an earlier ADD. */
  private static List<Ip> addressesOf(
      Resource<WorkloadEndpointSpec> endpoint, Attachment attachment) {
    List<String> networks = endpoint.spec().ipNetworks();
    return networks != null && attachment.containerId().equals(endpoint.spec().containerID())
        ? networks.stream().map(n -> InterfaceAddress.parse(n).ip()).toList()
        : List.of();
  }

  private CniResult assign(CniRequest request, NetConf conf, Attachment attachment) {
    String type = conf.ipam().type();
    return type.equals(CalicoIpam.TYPE)
        ? new CniResult(
            List.of(), calicoIpam.assign(attachment, conf, request), List.of(), Map.of())
        : CniResult.parse(
            Fields.parse(
                IpamDelegate.call(type, request, CniRequest.Command.ADD),
                "the answer of IPAM plugin " + type),
            type);
  }

  /**
   * Undoes a failed ADD. Of the addresses only those that it assigned: another interface of the
   * container may have more under the same handle.
   */
  private void takeBack(
      CniRequest request,
      NetConf conf,
      Attachment attachment,
      List<Ip> addresses,
      RuntimeException cause) {
    boolean interrupted = Thread.interrupted();
    try {
      del.detach(request, attachment);
      if (conf.ipam().type().equals(CalicoIpam.TYPE)) {
        calicoIpam.release(attachment, hostRoutes(addresses));
      } else {
        String printed = IpamDelegate.call(conf.ipam().type(), request, CniRequest.Command.DEL);
        LOG.debug("IPAM plugin {} at DEL printed {}", conf.ipam().type(), printed);
      }
    } catch (RuntimeException e) {
      // The runtime's DEL, which follows a failed ADD, takes back what is left.
      cause.addSuppressed(e);
      LOG.warn("cannot take back a failed ADD of {}: {}", attachment, e.getMessage());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static List<InterfaceAddress> hostRoutes(List<Ip> addresses) {
    return addresses.stream().map(ip -> new InterfaceAddress(ip, ip.family().bits())).toList();
  }

  /** The network's own profile, for when no policy source is configured; never changed again. */
  private void createProfile(String network, boolean pod) {
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

  private void write(
      ResourceKey<WorkloadEndpointSpec> key,
      Attachment attachment,
      NetConf conf,
      Wiring.Wire wire,
      String mac) {
    for (int i = 1; ; i++) {
      Entry<Resource<WorkloadEndpointSpec>> old = datastore.get(key).orElse(null);
      try {
        if (old == null) {
          datastore.create(
              key,
              Resource.of(
                  Kinds.WORKLOAD_ENDPOINT,
                  Metadata.named(attachment.namespace(), key.name())
                      .withLabels(labels(attachment, conf, Map.of())),
                  spec(attachment, conf, wire, mac, null)));
        } else {
          Metadata metadata = old.value().metadata();
          datastore.update(
              key,
              old.value()
                  .withMetadata(metadata.withLabels(labels(attachment, conf, metadata.labels())))
                  .withSpec(spec(attachment, conf, wire, mac, old.value().spec())),
              old.revision());
        }
        return;
      } catch (DatastoreException.Conflict
          | DatastoreException.AlreadyExists
          | DatastoreException.DoesNotExist e) {
        if (i == WRITE_TRIES) {
          throw e;
        }
      }
    }
  }

  private static Map<String, String> labels(
      Attachment attachment, NetConf conf, Map<String, String> old) {
    Map<String, String> labels = new TreeMap<>(old);
    labels.putAll(conf.labels());
    labels.put(Attachment.NAMESPACE_LABEL, attachment.namespace());
    labels.put(Attachment.ORCHESTRATOR_LABEL, attachment.orchestrator());
    return labels;
  }

  private static WorkloadEndpointSpec spec(
      Attachment attachment,
      NetConf conf,
      Wiring.Wire wire,
      String mac,
      @Nullable WorkloadEndpointSpec old) {
    List<String> profiles = new ArrayList<>();
    if (!conf.policyType().isEmpty() && attachment.isPod()) {
      profiles.add("kns." + attachment.namespace());
      profiles.add("ksa." + attachment.namespace() + ".default");
    } else {
      if (old != null
          && old.profiles() != null
          && attachment.containerId().equals(old.containerID())) {
        profiles.addAll(old.profiles());
      }
      if (!profiles.contains(conf.name())) {
        profiles.add(conf.name());
      }
    }
    return new WorkloadEndpointSpec(
        attachment.orchestrator(),
        null,
        attachment.node(),
        attachment.containerId(),
        attachment.isPod() ? attachment.pod() : null,
        attachment.ifName(),
        null,
        wire.addresses().stream().map(ip -> ip.toCidr().toString()).toList(),
        old == null ? null : old.ipNATs(),
        null,
        null,
        profiles,
        wire.hostName(),
        mac,
        old == null ? null : old.ports(),
        old == null ? null : old.allowSpoofedSourcePrefixes(),
        old == null ? null : old.qosControls(),
        old == null ? null : old.allowedIps(),
        old == null ? Unknown.NONE : old.unknown());
  }

  private void awaitDataplane(ResourceKey<WorkloadEndpointSpec> key, NetConf conf) {
    try {
      EndpointReadiness.Result result = readiness.await(key, conf.readinessTimeout());
      if (result == EndpointReadiness.Result.TIMED_OUT) {
        LOG.warn(
            "endpoint {} not served after {}: the container starts without; see Felix's log",
            key,
            conf.readinessTimeout());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CniException(
          CniException.TRY_AGAIN, "the node daemon is stopping", "try again when it runs", e);
    }
  }

  private static CniResult result(Wiring.Wire wire, String mac, String netns, Map<?, ?> dns) {
    return new CniResult(
        List.of(
            new CniResult.Interface(wire.hostName(), null, null, 0),
            new CniResult.Interface(wire.containerName(), mac, netns, wire.mtu())),
        hostRoutes(wire.addresses()),
        List.of(),
        dns);
  }
}
