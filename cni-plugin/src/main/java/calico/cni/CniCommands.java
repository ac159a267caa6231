package calico.cni;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.ipam.Ipam;
import calico.ipam.IpamException;
import calico.model.InterfaceAddress;
import calico.model.json.Json;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves calls: finds out what a call is about, runs its command, and words the answer. */
final class CniCommands {
  private static final Logger LOG = LoggerFactory.getLogger(CniCommands.class);

  private final Datastore datastore;
  private final CniSettings settings;
  private final CalicoIpam calicoIpam;
  private final AddCommand add;
  private final DelCommand del;
  private final CheckCommand check;
  private final GcCommand gc;

  /** Calls for one container take turns. */
  private final List<ReentrantLock> turns =
      IntStream.range(0, 64).mapToObj(_ -> new ReentrantLock()).toList();

  CniCommands(
      CniSettings settings,
      Datastore datastore,
      Ipam ipam,
      Wiring wiring,
      EndpointReadiness readiness,
      Clock clock) {
    this.datastore = datastore;
    this.settings = settings;
    this.calicoIpam = new CalicoIpam(datastore, ipam, clock);
    this.del = new DelCommand(datastore, calicoIpam, wiring, settings);
    this.add = new AddCommand(datastore, calicoIpam, del, wiring, readiness, settings);
    this.check = new CheckCommand(datastore, wiring, settings);
    this.gc = new GcCommand(datastore, ipam, settings);
  }

  /** Never throws: what goes wrong is in the answer. */
  CniExchange.Answer answer(CniExchange.Call call) {
    String version = CniVersions.NEWEST;
    try {
      CniRequest request = CniRequest.of(call);
      if (request.command() == CniRequest.Command.VERSION) {
        return success(CniVersions.toTree());
      }
      Fields fields = Fields.parse(request.stdin(), "the network configuration");
      version = NetConf.version(fields);
      NetConf conf = NetConf.parse(fields, settings.readinessTimeout());
      return success(run(request, conf));
    } catch (CniException e) {
      return failure(e, version, call);
    } catch (DatastoreException.Unavailable e) {
      return failure(
          new CniException(
              CniException.TRY_AGAIN, "datastore not available", String.valueOf(e.getMessage()), e),
          version,
          call);
    } catch (RuntimeException e) {
      return failure(
          CniException.generic(
              e instanceof DatastoreException || e instanceof IpamException
                  ? "call failed"
                  : "call failed: " + e.getClass().getSimpleName(),
              e),
          version,
          call);
    }
  }

  private @Nullable Map<String, @Nullable Object> run(CniRequest request, NetConf conf) {
    requireReady(request.command());
    if (!request.command().concernsContainer()) {
      if (request.command() == CniRequest.Command.GC) {
        gc.run(conf, a -> inTurn(a, () -> del.run(request, conf, a)));
      }
      return null;
    }
    Attachment attachment = Attachment.of(request, conf, settings.nodeName());
    ReentrantLock turn = turn(attachment);
    turn.lock();
    try {
      return request.program().equals(CalicoIpam.TYPE)
          ? runIpam(request, conf, attachment)
          : runNetwork(request, conf, attachment);
    } finally {
      turn.unlock();
    }
  }

  private void inTurn(Attachment attachment, Runnable action) {
    ReentrantLock turn = turn(attachment);
    turn.lock();
    try {
      action.run();
    } finally {
      turn.unlock();
    }
  }

  private ReentrantLock turn(Attachment attachment) {
    return turns.get(Math.floorMod(attachment.containerId().hashCode(), turns.size()));
  }

  private @Nullable Map<String, @Nullable Object> runNetwork(
      CniRequest request, NetConf conf, Attachment attachment) {
    return switch (request.command()) {
      case ADD -> {
        long start = System.nanoTime();
        CniResult result = add.run(request, conf, attachment);
        LOG.info(
            "attached {} addresses={} millis={}",
            attachment,
            result.addresses(),
            (System.nanoTime() - start) / 1_000_000);
        yield result.toTree(conf.cniVersion());
      }
      case DEL -> {
        del.run(request, conf, attachment);
        LOG.info("detached {}", attachment);
        yield null;
      }
      case CHECK -> {
        check.run(request, attachment);
        yield null;
      }
      case GC, STATUS, VERSION -> null;
    };
  }

  private @Nullable Map<String, @Nullable Object> runIpam(
      CniRequest request, NetConf conf, Attachment attachment) {
    return switch (request.command()) {
      case ADD -> {
        List<InterfaceAddress> addresses = calicoIpam.assign(attachment, conf, request);
        List<String> routes = addresses.stream().map(InterfaceAddress::toString).toList();
        yield new CniResult(List.of(), addresses, routes, Map.of()).toTree(conf.cniVersion());
      }
      case DEL -> {
        calicoIpam.releaseAll(attachment);
        yield null;
      }
      case CHECK, GC, STATUS, VERSION -> null;
    };
  }

  private void requireReady(CniRequest.Command command) {
    Boolean ready =
        datastore
            .get(ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default"))
            .map(e -> e.value().spec().datastoreReady())
            .orElse(null);
    if (!Boolean.TRUE.equals(ready)) {
      throw new CniException(
          command == CniRequest.Command.STATUS
              ? CniException.NOT_AVAILABLE
              : CniException.TRY_AGAIN,
          "Calico is not ready to serve calls",
          "datastoreReady = "
              + ready
              + " in ClusterInformation(default): an upgrade or migration holds it, or no node"
              + " daemon has set the datastore up yet");
    }
  }

  private static CniExchange.Answer success(@Nullable Map<String, @Nullable Object> tree) {
    return new CniExchange.Answer(0, tree == null ? "" : Json.print(tree));
  }

  private static CniExchange.Answer failure(CniException e, String version, CniExchange.Call call) {
    LOG.warn(
        "{} {} container={} failed code={}: {}",
        call.program(),
        call.variables().get("CNI_COMMAND"),
        call.variables().get("CNI_CONTAINERID"),
        e.code(),
        e.getMessage());
    if (e.code() == CniException.GENERIC) {
      LOG.debug("the failure in full", e);
    }
    return new CniExchange.Answer(1, Json.print(e.toTree(version)));
  }
}
