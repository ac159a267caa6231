package calico.launcher;

import calico.cni.CallObserver;
import calico.cni.CniService;
import calico.cni.CniSettings;
import calico.cni.EndpointReadiness;
import calico.datastore.Datastore;
import calico.felix.Felix;
import calico.felix.state.StateKey;
import calico.ipam.Ipam;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.WorkloadEndpointSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Containers come and go, as part of the training run: so that the first pods of a node need not
 * wait until what attaches them is compiled. Where there are no executables, nothing is trained.
 */
final class WarmUpOfCni {
  private static final int CONTAINERS = 60;
  private static final int PATIENCE = 500;
  private static final String CONF =
      "{\"cniVersion\":\"1.0.0\",\"name\":\"warm-up\",\"ipam\":{\"type\":\"calico-ipam\"}}";

  private WarmUpOfCni() {}

  static void run(Felix felix, Datastore datastore, Path directory)
      throws IOException, InterruptedException {
    Path executable = Path.of(System.getProperty("calico.home"), "cni", "calico");
    if (!Files.isExecutable(executable)) {
      return;
    }
    Resource<?> info =
        ResourceCodec.decode(
            Kinds.CLUSTER_INFORMATION,
            Map.of("metadata", Map.of("name", "default"), "spec", Map.of("datastoreReady", true)));
    put(datastore, info);
    Path socket = directory.resolve("cni.sock");
    // Its namespace is the container's.
    Process container = new ProcessBuilder("unshare", "--net", "sleep", "300").start();
    Ipam ipam = Ipam.ofNode("node1", datastore, Clock.systemUTC(), new SecureRandom());
    CniService service =
        CniService.start(
            socket,
            CniSettings.of("node1"),
            datastore,
            ipam,
            new Readiness(felix),
            CallObserver.NONE,
            Clock.systemUTC());
    try (ipam;
        service) {
      awaitNamespace(container.pid());
      for (int i = 0; i < CONTAINERS; i++) {
        String id = "c" + i;
        call(executable, "ADD", id, container.pid(), socket);
        call(executable, "DEL", id, container.pid(), socket);
      }
    } finally {
      container.destroyForcibly().waitFor();
    }
  }

  /** Of the Felix that is trained. */
  private record Readiness(Felix felix) implements EndpointReadiness {
    @Override
    public void announce(
        ResourceKey<WorkloadEndpointSpec> key, Resource<WorkloadEndpointSpec> endpoint) {
      felix.announce(key, endpoint);
    }

    @Override
    public Result await(ResourceKey<WorkloadEndpointSpec> endpoint, Duration timeout)
        throws InterruptedException {
      return felix.statuses().awaitUp(StateKey.Endpoint.of(endpoint), timeout)
          ? Result.READY
          : Result.TIMED_OUT;
    }
  }

  private static void awaitNamespace(long pid) throws IOException, InterruptedException {
    Path ours = Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
    for (int i = 0; i < PATIENCE; i++) {
      if (!ours.equals(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/net")))) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
    throw new IllegalStateException("unshare made no network namespace");
  }

  private static <S> void put(Datastore datastore, Resource<S> resource) {
    var _ = datastore.put(ResourceKey.of(resource), resource, null);
  }

  private static void call(Path executable, String command, String id, long pid, Path socket)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(executable.toString()).redirectErrorStream(true);
    builder
        .environment()
        .putAll(
            Map.of(
                "CNI_COMMAND",
                command,
                "CNI_CONTAINERID",
                id,
                "CNI_NETNS",
                "/proc/" + pid + "/ns/net",
                "CNI_IFNAME",
                "eth0",
                "CALICO_CNI_SOCKET",
                socket.toString()));
    Process process = builder.start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(CONF.getBytes(StandardCharsets.UTF_8));
    }
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(command + " " + id + ": " + out);
    }
  }
}
