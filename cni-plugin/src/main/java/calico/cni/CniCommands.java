package calico.cni;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.ipam.Ipam;
import calico.ipam.IpamException;
import calico.model.InterfaceAddress;
import calico.model.json.Json;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves calls: finds out what a call is about, runs its command, and words the answer. */
final class CniCommands implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CniCommands.class);

  private final CallObserver observer;
  private final ReadyWatch ready;
  private final CniSettings settings;
  private final Endpoints endpoints;
  private final CalicoIpam calicoIpam;
  private final AddCommand add;
  private final DelCommand del;
  private final CheckCommand check;
  private final GcCommand gc;

  private final Turns turns = new Turns();

  CniCommands(
      CniSettings settings,
      Datastore datastore,
      Ipam ipam,
      Wiring wiring,
      EndpointReadiness readiness,
      CallObserver observer,
      Clock clock) {
    this.observer = observer;
    this.ready = new ReadyWatch(datastore);
    this.settings = settings;
    this.calicoIpam = new CalicoIpam(datastore, ipam, clock);
    this.endpoints = new Endpoints(datastore, readiness);
    this.del = new DelCommand(endpoints, calicoIpam, wiring, settings);
    this.add = new AddCommand(endpoints, calicoIpam, del, wiring, readiness, settings);
    this.check = new CheckCommand(wiring, settings);
    this.gc = new GcCommand(datastore, ipam, calicoIpam, settings);
    ready.start();
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
    Stages stages = new Stages(observer, request.command());
    if (!request.command().concernsContainer()) {
      stages.run("all", () -> runForNode(request, conf, stages));
      return null;
    }
    Attachment attachment = Attachment.of(request, conf, settings.nodeName());
    boolean ipam = request.program().equals(CalicoIpam.TYPE);
    List<String> gates =
        ipam || request.command() != CniRequest.Command.ADD ? List.of() : conf.readinessGates();
    return stages.run(
        "all",
        () ->
            turns.take(
                request.command(),
                attachment,
                vain -> ReadinessGates.await(gates, vain),
                () ->
                    ipam
                        ? runIpam(request, conf, attachment)
                        : runNetwork(request, conf, attachment, stages)));
  }

  private void runForNode(CniRequest request, NetConf conf, Stages stages) {
    ready.ask(
        request.command() == CniRequest.Command.STATUS
            ? CniException.NOT_AVAILABLE
            : CniException.TRY_AGAIN);
    if (request.command() == CniRequest.Command.TEST) {
      KubernetesApi.of(conf.kubernetes()).ifPresent(api -> api.get("/version"));
    }
    if (request.command() == CniRequest.Command.STATUS) {
      IpamDelegate.pass(conf, request, CniRequest.Command.STATUS);
    }
    if (request.command() == CniRequest.Command.GC) {
      collect(request, conf, stages);
    }
  }

  /** Goes on after a failure, as the specification asks for, and throws the first at the end. */
  private void collect(CniRequest request, NetConf conf, Stages stages) {
    List<Runnable> steps = new ArrayList<>();
    if (!request.program().equals(CalicoIpam.TYPE)) {
      for (Attachment a : gc.forgotten(conf)) {
        steps.add(() -> detach(request.about(a), conf, a, stages));
      }
    }
    if (conf.ipam().type().equals(CalicoIpam.TYPE)) {
      steps.add(() -> gc.releaseAddresses(conf));
    }
    steps.add(() -> IpamDelegate.pass(conf, request, CniRequest.Command.GC));
    CniException first = null;
    for (Runnable step : steps) {
      try {
        step.run();
      } catch (CniException e) {
        LOG.warn("GC goes on after a failure: {}", e.getMessage());
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private void detach(CniRequest request, NetConf conf, Attachment attachment, Stages stages) {
    LOG.info("GC detaches {}", attachment);
    String _ =
        turns.take(
            CniRequest.Command.DEL,
            attachment,
            _ -> {},
            () -> {
              del.run(request, conf, attachment, stages);
              return "";
            });
  }

  private @Nullable Map<String, @Nullable Object> runNetwork(
      CniRequest request, NetConf conf, Attachment attachment, Stages stages) {
    ready.require();
    return switch (request.command()) {
      case ADD -> {
        CniResult result = add.run(request, conf, attachment, stages);
        LOG.info("attached {} addresses={}", attachment, result.addresses());
        yield result.toTree(conf.cniVersion());
      }
      case DEL -> {
        del.run(request, conf, attachment, stages);
        LOG.info("detached {}", attachment);
        yield null;
      }
      case CHECK -> {
        check.run(request, conf, attachment, endpoints.read(attachment));
        IpamDelegate.pass(conf, request, CniRequest.Command.CHECK);
        yield null;
      }
      case GC, STATUS, TEST, VERSION -> null;
    };
  }

  private @Nullable Map<String, @Nullable Object> runIpam(
      CniRequest request, NetConf conf, Attachment attachment) {
    ready.require();
    return switch (request.command()) {
      case ADD -> {
        List<InterfaceAddress> addresses =
            calicoIpam.assign(attachment, conf, request, Pod.namespaceLabels(conf, attachment));
        List<String> routes = addresses.stream().map(InterfaceAddress::toString).toList();
        yield new CniResult(List.of(), addresses, routes, Map.of()).toTree(conf.cniVersion());
      }
      case DEL -> {
        calicoIpam.releaseAll(attachment);
        yield null;
      }
      case CHECK -> {
        calicoIpam.check(attachment);
        yield null;
      }
      case GC, STATUS, TEST, VERSION -> null;
    };
  }

  private static CniExchange.Answer success(@Nullable Map<String, @Nullable Object> tree) {
    return new CniExchange.Answer(0, tree == null ? "" : Json.print(tree));
  }

  private CniExchange.Answer failure(CniException e, String version, CniExchange.Call call) {
    boolean test = CniRequest.Command.TEST.name().equals(call.variables().get("CNI_COMMAND"));
    observer.failed(e.code());
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
    CniException told =
        test ? new CniException(CniException.TEST_FAILED, e.text(), e.details(), e) : e;
    return new CniExchange.Answer(1, Json.print(told.toTree(version)));
  }

  @Override
  public void close() {
    ready.close();
  }
}
