package calico.ctl;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "run",
    description = {
      "Run the node daemon on this machine: 'calico node', with its settings in the environment.",
      "",
      "It runs in the foreground as a process of its own, not in a container; --dryrun prints what"
          + " would be run. The program 'calico' must be on the PATH. Needs root."
    },
    footer = {
      "",
      "Examples:",
      "  calicoctl node run --ip=10.0.0.1/24 --as=64512 --dryrun",
      "  calicoctl node run --name=node-1 --ip=autodetect"
    })
final class NodeRunCommand implements Callable<Integer> {
  private final Session session;

  @Option(
      names = "--ip",
      paramLabel = "ADDRESS",
      description = "ADDRESS[/LENGTH], autodetect or none.")
  @Nullable String ip;

  @Option(names = "--ip6", paramLabel = "ADDRESS", description = "As --ip, for IPv6.")
  @Nullable String ip6;

  @Option(names = "--as", paramLabel = "NUMBER", description = "AS number of the node.")
  @Nullable String asNumber;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Name of the node. Default: the host's")
  @Nullable String name;

  @Option(
      names = "--ip-autodetection-method",
      paramLabel = "METHOD",
      description = "first-found, interface=, skip-interface=, cidr=, can-reach=.")
  @Nullable String method;

  @Option(
      names = "--ip6-autodetection-method",
      paramLabel = "METHOD",
      description = "As --ip-autodetection-method, for IPv6.")
  @Nullable String method6;

  @Option(names = "--backend", paramLabel = "BACKEND", description = "bird (default) or none.")
  @Nullable String backend;

  @Option(names = "--no-default-ippools", description = "Create no pools if there are none.")
  boolean noDefaultPools;

  @Option(
      names = "--felix-config",
      paramLabel = "FILE",
      description = "Felix's configuration file.")
  @Nullable String felixConfig;

  @Option(
      names = {"--node-image", "--log-dir"},
      paramLabel = "VALUE",
      description = "For upstream's scripts: without effect.")
  @Nullable String ignored;

  @Option(names = "--init-system", description = "For upstream's scripts: without effect.")
  boolean initSystem;

  @Option(names = "--dryrun", description = "Print the command instead.")
  boolean dryRun;

  @Mixin DatastoreOptions connection = new DatastoreOptions();

  NodeRunCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() throws InterruptedException {
    Map<String, String> settings = new LinkedHashMap<>();
    new TreeMap<>(DatastoreSettings.load(connection.config, session.env()))
        .forEach(
            (k, v) -> {
              if (k.startsWith("ETCD_") || k.equals("DATASTORE_TYPE")) {
                settings.put(k, v);
              }
            });
    put(settings, "NODENAME", name);
    put(settings, "IP", ip);
    put(settings, "IP6", ip6);
    put(settings, "AS", asNumber);
    put(settings, "IP_AUTODETECTION_METHOD", method);
    put(settings, "IP6_AUTODETECTION_METHOD", method6);
    put(settings, "CALICO_NETWORKING_BACKEND", backend);
    put(settings, "FELIX_CONFIGFILENAME", felixConfig);
    put(settings, "NO_DEFAULT_POOLS", noDefaultPools ? "true" : null);
    if (dryRun) {
      List<String> words = new ArrayList<>();
      settings.forEach((k, v) -> words.add(k + "=" + quoted(v)));
      words.add("calico node");
      session.out().println(String.join(" ", words));
      return 0;
    }
    ProcessBuilder builder = new ProcessBuilder("calico", "node").inheritIO();
    builder.environment().putAll(settings);
    try {
      return builder.start().waitFor() == 0 ? 0 : 1;
    } catch (IOException e) {
      throw new CommandException(
          "cannot run 'calico node': %s; put the program 'calico' on the PATH"
              .formatted(e.getMessage()));
    }
  }

  private static void put(Map<String, String> settings, String name, @Nullable String value) {
    if (value != null) {
      settings.put(name, value);
    }
  }

  /** As a shell reads it. */
  private static String quoted(String value) {
    return value.matches("[A-Za-z0-9_./:=,@%+-]*")
        ? value
        : "'" + value.replace("'", "'\\''") + "'";
  }
}
