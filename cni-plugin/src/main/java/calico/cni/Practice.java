package calico.cni;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Revision;
import calico.model.Family;
import calico.model.Ip;
import calico.model.json.Json;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.WorkloadEndpointSpec;
import calico.netlink.Netns;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attaches and detaches containers that do not exist, so that the first real ones need not wait
 * until Java has compiled what attaches them, which takes half of their time. The wires are between
 * two namespaces of its own, and the datastore is asked for what changes nothing there: reads of an
 * endpoint that nobody has, and writes of it on condition that somebody has it.
 */
final class Practice {
  private static final Logger LOG = LoggerFactory.getLogger(Practice.class);

  /** With what each does several times: Java compiles what was called 200 times. */
  private static final int ROUNDS = 60;

  /** In a round, which has two writes: these go to every member of etcd. */
  private static final int READS = 5;

  private static final Duration IDLE_POLL = Duration.ofMillis(200);

  /** Of no container (RFC 5737). */
  private static final Ip ADDRESS = Ip.parse("192.0.2.1");

  private static final Revision NEVER = new Revision("1");
  private static final CniExchange.Call CALL =
      new CniExchange.Call(
          "calico",
          Map.of(
              "CNI_COMMAND", "ADD",
              "CNI_CONTAINERID", "practice",
              "CNI_NETNS", "/proc/self/ns/net",
              "CNI_IFNAME", "eth0",
              "CNI_ARGS", "IgnoreUnknown=1"),
          "{\"cniVersion\":\"1.0.0\",\"name\":\"practice\",\"type\":\"calico\",\"ipam\":{\"type\":\"calico-ipam\"}}");

  private final Datastore datastore;
  private final CniSettings settings;
  private final Stages stages = new Stages(CallObserver.NONE, CniRequest.Command.ADD);
  private volatile boolean wanted = true;

  Practice(Datastore datastore, CniSettings settings) {
    this.datastore = datastore;
    this.settings = settings;
  }

  /** Ends it for good, once the round that is under way is done. */
  void end() {
    wanted = false;
  }

  /**
   * Practises; what goes wrong ends it and is no more than logged.
   *
   * @param idle from when on it may
   */
  void run(BooleanSupplier idle) {
    while (wanted && !idle.getAsBoolean()) {
      LockSupport.parkNanos(IDLE_POLL.toNanos());
    }
    if (wanted) {
      run();
    }
  }

  private void run() {
    long began = System.nanoTime();
    int rounds = 0;
    try (Netns host = Netns.create();
        Netns container = Netns.create();
        Wiring wiring = new Wiring(Netns.open(host.path()))) {
      for (; rounds < ROUNDS && wanted; rounds++) {
        round(wiring, container);
      }
    } catch (RuntimeException e) {
      LOG.debug("practice ends early: {}", e.getMessage());
    }
    LOG.info(
        "practised attaching containers: rounds={} milliseconds={}",
        rounds,
        Duration.ofNanos(System.nanoTime() - began).toMillis());
  }

  private void round(Wiring wiring, Netns container) {
    CniRequest request = CniRequest.of(CALL);
    NetConf conf =
        NetConf.parse(
            Fields.parse(request.stdin(), "the network configuration"),
            settings.readinessTimeout());
    Attachment attachment = Attachment.of(request, conf, settings.nodeName());
    Wiring.Wire wire =
        new Wiring.Wire(
            attachment.hostInterface(settings.podInterfacePrefix()),
            container.path().toString(),
            attachment.ifName(),
            conf.mtu(),
            conf.queues(),
            null,
            List.of(ADDRESS),
            conf.wireRoutes(),
            conf.allowIpForwarding());
    CompletableFuture<Ends> making =
        stages.begin("make", () -> wiring.make(wire, Set.of(Family.IPV4)));
    try {
      askDatastore(attachment.endpoint());
    } finally {
      Ends ends = Stages.join(making);
      wiring.connect(wire, ends);
      wiring.done(ends);
      wiring.silence(wire.hostName());
      wiring.disconnect(wire.hostName(), wire.netns(), wire.containerName());
    }
  }

  private void askDatastore(ResourceKey<WorkloadEndpointSpec> key) {
    for (int i = 0; i < READS; i++) {
      if (datastore.get(key).isPresent()) {
        throw new IllegalStateException(key + " is somebody's");
      }
    }
    Resource<WorkloadEndpointSpec> endpoint = endpoint(key.name());
    refused(() -> datastore.update(key, endpoint, NEVER));
    refused(() -> datastore.delete(key, NEVER));
  }

  private Resource<WorkloadEndpointSpec> endpoint(String name) {
    return ResourceCodec.decode(
        Kinds.WORKLOAD_ENDPOINT,
        Json.parse(
            """
            {"metadata":{"name":"%s","namespace":"default",
              "uid":"7f3d3e64-9d3c-4a0e-9a53-2d1d8b3c4a11",
              "creationTimestamp":"2026-01-01T00:00:00Z",
              "labels":{"projectcalico.org/namespace":"default"}},
             "spec":{"orchestrator":"cni","node":"%s","containerID":"practice","endpoint":"eth0",
              "ipNetworks":["192.0.2.1/32"],"profiles":["practice"],
              "interfaceName":"calipractice","mac":"ee:ee:ee:ee:ee:ee"}}
            """
                .formatted(name, settings.nodeName())));
  }

  private static void refused(Runnable write) {
    try {
      write.run();
    } catch (DatastoreException.DoesNotExist _) {
      // As it must be.
    }
  }
}
