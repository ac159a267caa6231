package calico.cni;

import calico.datastore.Entry;
import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.key.ResourceKey;
import calico.model.resource.Resource;
import calico.model.resource.WorkloadEndpointSpec;
import calico.netlink.route.Mac;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attaches a container. The ends of its wire and the network's profile are made while what there is
 * already is read and addresses are assigned; then the addresses are put on the wire while the
 * endpoint is written, and the dataplane is waited for.
 */
final class AddCommand {
  private static final Logger LOG = LoggerFactory.getLogger(AddCommand.class);

  private final Endpoints endpoints;
  private final CalicoIpam calicoIpam;
  private final DelCommand del;
  private final Wiring wiring;
  private final EndpointReadiness readiness;
  private final CniSettings settings;

  AddCommand(
      Endpoints endpoints,
      CalicoIpam calicoIpam,
      DelCommand del,
      Wiring wiring,
      EndpointReadiness readiness,
      CniSettings settings) {
    this.endpoints = endpoints;
    this.calicoIpam = calicoIpam;
    this.del = del;
    this.wiring = wiring;
    this.readiness = readiness;
    this.settings = settings;
  }

  /**
   * What is asked for, with what the API server says of it.
   *
   * @param wire to be made; its addresses are not known yet
   */
  private record Call(
      CniRequest request,
      NetConf conf,
      Attachment attachment,
      Pod pod,
      Annotations annotations,
      Wiring.Wire wire,
      Stages stages) {}

  /**
   * Attaches, or finds attached what is.
   *
   * @throws CniException after taking back what was done
   */
  CniResult run(CniRequest request, NetConf given, Attachment attachment, Stages stages) {
    CompletableFuture<@Nullable Entry<Resource<WorkloadEndpointSpec>>> reading =
        stages.begin("read", () -> endpoints.read(attachment));
    Pod pod = pod(given, attachment, stages);
    NetConf conf = Annotations.configuration(pod, given);
    Annotations annotations = Annotations.of(pod, conf);
    Wiring.Wire wire = wire(request, conf, attachment, annotations.mac());
    Call call = new Call(request, conf, attachment, pod, annotations, wire, stages);
    // Where there is no wire, one is needed, whatever is read.
    CompletableFuture<@Nullable Ends> first =
        stages.begin("make", () -> wiring.makeFirst(wire, families(call)));
    Entry<Resource<WorkloadEndpointSpec>> existing;
    try {
      existing = Stages.join(reading);
    } catch (RuntimeException e) {
      remove(wire, first.handle((ends, _) -> ends).join(), e);
      throw e;
    }
    return attach(call, existing, first);
  }

  private void remove(Wiring.Wire wire, @Nullable Ends ends, RuntimeException cause) {
    if (ends == null) {
      return;
    }
    done(ends);
    try {
      wiring.disconnect(wire.hostName(), wire.netns(), wire.containerName());
    } catch (CniException e) {
      cause.addSuppressed(e); // the runtime's DEL, which follows a failed ADD, tries again
    }
  }

  private CniResult attach(
      Call call,
      @Nullable Entry<Resource<WorkloadEndpointSpec>> existing,
      CompletableFuture<@Nullable Ends> first) {
    Attachment attachment = call.attachment();
    NetConf conf = call.conf();
    Stages stages = call.stages();
    List<Ip> kept = existing == null ? List.of() : addressesOf(existing.value(), attachment);
    Set<Family> families = kept.isEmpty() ? families(call) : families(kept);
    CompletableFuture<@Nullable Ends> making =
        first.thenCompose(
            ends ->
                ends != null || staysWired(call, kept)
                    ? CompletableFuture.completedFuture(ends)
                    : stages.begin("make", () -> wiring.make(call.wire(), families)));
    CompletableFuture<?> profile =
        conf.policyType().isEmpty()
            ? stages.begin("profile", () -> profile(conf, attachment))
            : CompletableFuture.completedFuture(conf);
    List<Ip> assigned = new ArrayList<>();
    CompletableFuture<?> connecting = profile;
    try {
      Map<?, ?> dns = Map.of();
      if (kept.isEmpty()) {
        CniResult result = stages.run("address", () -> assign(call, existing));
        result.addresses().forEach(a -> assigned.add(a.ip()));
        dns = result.dns();
      }
      Wiring.Wire wire = call.wire().withAddresses(kept.isEmpty() ? List.copyOf(assigned) : kept);
      Ends ends = Stages.join(making);
      String mac = ends == null ? wiring.containerMac(wire) : ends.containerMac();
      if (ends != null) {
        connecting = stages.begin("wire", () -> wiring.connect(wire, ends));
      }
      Stages.join(profile);
      Endpoints.Attached attached =
          new Endpoints.Attached(attachment, conf, call.pod(), call.annotations(), wire, mac);
      stages.run("endpoint", () -> endpoints.write(attached, existing));
      Stages.join(connecting);
      stages.run("dataplane", () -> awaitDataplane(attachment.endpoint(), conf));
      return result(wire, mac, call.request().netns(), dns);
    } catch (RuntimeException e) {
      CompletableFuture.allOf(making, profile, connecting).handle((_, _) -> conf).join();
      if (kept.isEmpty()) {
        takeBack(call, assigned, e);
      }
      throw e;
    } finally {
      var _ = making.thenAccept(this::done);
    }
  }

  /** Whether what this container has from an earlier ADD is still as that left it. */
  private boolean staysWired(Call call, List<Ip> kept) {
    return !kept.isEmpty()
        && !call.attachment().isPod()
        && wiring.missing(call.wire().withAddresses(kept)).isEmpty();
  }

  private void done(@Nullable Ends ends) {
    if (ends != null) {
      wiring.done(ends);
    }
  }

  /** Of the addresses that will be assigned, if that can be told before; else none. */
  private static Set<Family> families(Call call) {
    NetConf conf = call.conf();
    Annotations annotations = call.annotations();
    boolean ofPools = conf.ipam().type().equals(CalicoIpam.TYPE);
    if (annotations.ofNoPool() || (ofPools && !annotations.addresses().isEmpty())) {
      return families(annotations.addresses());
    }
    Set<Family> families = EnumSet.noneOf(Family.class);
    if (ofPools && !call.request().args().containsKey("IP")) {
      if (conf.ipam().ipv4()) {
        families.add(Family.IPV4);
      }
      if (conf.ipam().ipv6()) {
        families.add(Family.IPV6);
      }
    }
    return families;
  }

  private static Set<Family> families(List<Ip> addresses) {
    return addresses.stream()
        .map(Ip::family)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Family.class)));
  }

  /** What the API server says, if it is to be asked. */
  private static Pod pod(NetConf conf, Attachment attachment, Stages stages) {
    return attachment.isPod() && !conf.policyType().isEmpty()
        ? KubernetesApi.of(conf.kubernetes())
            .map(api -> stages.run("pod", () -> Pod.read(api, attachment)))
            .orElse(Pod.UNKNOWN)
        : Pod.UNKNOWN;
  }

  private Wiring.Wire wire(
      CniRequest request, NetConf conf, Attachment attachment, @Nullable Mac mac) {
    return new Wiring.Wire(
        attachment.hostInterface(settings.podInterfacePrefix()),
        request.netns(),
        attachment.ifName(),
        conf.mtu() > 0 ? conf.mtu() : settings.defaultMtu(conf.requireMtuFile()),
        conf.queues(),
        mac,
        List.of(),
        conf.wireRoutes(),
        conf.allowIpForwarding());
  }

  private NetConf profile(NetConf conf, Attachment attachment) {
    endpoints.createProfile(conf.name(), attachment.isPod());
    return conf;
  }

  /** The addresses that this very container has from an earlier ADD. */
  private static List<Ip> addressesOf(
      Resource<WorkloadEndpointSpec> endpoint, Attachment attachment) {
    List<String> networks = endpoint.spec().ipNetworks();
    return networks != null && attachment.containerId().equals(endpoint.spec().containerID())
        ? networks.stream().map(n -> InterfaceAddress.parse(n).ip()).toList()
        : List.of();
  }

  private CniResult assign(Call call, @Nullable Entry<Resource<WorkloadEndpointSpec>> existing) {
    CniRequest request = call.request();
    NetConf conf = call.conf();
    Attachment attachment = call.attachment();
    Annotations annotations = call.annotations();
    String type = conf.ipam().type();
    if (annotations.ofNoPool()) {
      return new CniResult(List.of(), hostRoutes(annotations.addresses()), List.of(), Map.of());
    }
    if (type.equals(CalicoIpam.TYPE)) {
      List<Ip> fixed = annotations.addresses();
      if (!fixed.isEmpty() && existing != null) {
        // The pod's last container may have them still.
        calicoIpam.releaseWhoeverHas(existing.value().spec().ipNetworks());
      }
      return new CniResult(
          List.of(),
          fixed.isEmpty()
              ? calicoIpam.assign(attachment, conf, request, call.pod().namespaceLabels())
              : calicoIpam.assignThese(attachment, fixed),
          List.of(),
          Map.of());
    }
    CniRequest delegated =
        type.equals(IpamDelegate.HOST_LOCAL)
            ? HostLocal.withPodCidrs(request, () -> HostLocal.podCidrs(conf, attachment.node()))
            : request;
    String printed = IpamDelegate.call(type, delegated, CniRequest.Command.ADD);
    return CniResult.parse(Fields.parse(printed, "the answer of IPAM plugin " + type), type);
  }

  /**
   * Undoes a failed ADD. Of the addresses only those that it assigned: another interface of the
   * container may have more under the same handle.
   */
  private void takeBack(Call call, List<Ip> assigned, RuntimeException cause) {
    Attachment attachment = call.attachment();
    String type = call.conf().ipam().type();
    boolean interrupted = Thread.interrupted();
    try {
      del.detach(call.request(), attachment);
      if (!type.equals(CalicoIpam.TYPE)) {
        IpamDelegate.pass(call.conf(), call.request(), CniRequest.Command.DEL);
      } else if (!call.annotations().ofNoPool()) {
        calicoIpam.release(attachment, hostRoutes(assigned));
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
