package calico.cni;

import calico.model.json.Json;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Does what {@code cni.c} does, in Java: passes a call on to the node daemon and prints its answer.
 * For machines without a C compiler; it costs a JVM start per call.
 */
public final class CniClient {
  private CniClient() {}

  /**
   * Serves one call and exits with its status.
   *
   * @param args the name under which the executable was called, calico or calico-ipam, and its
   *     argument: -v for the version, -t to test what ADD needs
   */
  public static void main(String[] args) throws IOException {
    String program = args.length > 0 ? args[0] : "calico";
    Map<String, String> environment = new TreeMap<>(System.getenv());
    if (args.length > 1 && args[1].equals("-v")) {
      environment.put("CNI_COMMAND", CniRequest.Command.VERSION.name());
    }
    if (args.length > 1 && args[1].equals("-t")) {
      environment.put("CNI_COMMAND", CniRequest.Command.TEST.name());
    }
    boolean reads = !"VERSION".equals(environment.get("CNI_COMMAND"));
    String stdin = reads ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8) : "";
    CniExchange.Answer answer = call(program, environment, stdin);
    System.out.print(answer.stdout());
    System.out.flush();
    System.exit(answer.status());
  }

  static CniExchange.Answer call(String program, Map<String, String> environment, String stdin) {
    if ("VERSION".equals(environment.get("CNI_COMMAND"))) {
      return new CniExchange.Answer(0, Json.print(CniVersions.toTree()));
    }
    Path socket = socket(environment);
    Map<String, String> variables = new TreeMap<>(environment);
    variables.keySet().removeIf(name -> !name.startsWith("CNI_"));
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      CniExchange.writeAll(
          channel, CniExchange.encode(new CniExchange.Call(program, variables, stdin)));
      channel.shutdownOutput();
      return CniExchange.decodeAnswer(CniExchange.readAll(channel));
    } catch (IOException e) {
      CniException error =
          new CniException(
              CniException.TRY_AGAIN,
              "the Calico node daemon does not answer on " + socket,
              e.getMessage() + "; see its log, or start it with: calico node");
      return new CniExchange.Answer(1, Json.print(error.toTree(versionOf(stdin))));
    }
  }

  private static Path socket(Map<String, String> environment) {
    String override = environment.getOrDefault("CALICO_CNI_SOCKET", "");
    return override.isEmpty()
        ? Path.of(environment.getOrDefault("CALICO_ROOT", "") + "/run/calico/cni.sock")
        : Path.of(override);
  }

  private static String versionOf(String stdin) {
    try {
      return NetConf.version(Fields.parse(stdin, "the network configuration"));
    } catch (CniException _) {
      return CniVersions.NEWEST;
    }
  }
}
