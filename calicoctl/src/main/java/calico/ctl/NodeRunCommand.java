package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

final class NodeRunCommand implements Verb {
  private final Session session;

  @Nullable String ip;
  @Nullable String ip6;
  @Nullable String asNumber;
  @Nullable String name;
  @Nullable String method;
  @Nullable String method6;
  @Nullable String backend;
  boolean noDefaultPools;
  @Nullable String felixConfig;
  @Nullable String ignored;
  boolean initSystem;
  boolean dryRun;
  DatastoreOptions connection = new DatastoreOptions();

  NodeRunCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command run) {
    run.description(
            "Run the node daemon on this machine: 'calico node', with its settings in the environment.",
            "It runs in the foreground as a process of its own, not in a container; --dryrun prints what"
                + " would be run. The program 'calico' must be on the PATH. Needs root.")
        .option("--ip=ADDRESS", "ADDRESS[/LENGTH], autodetect or none.", v -> ip = v)
        .option("--ip6=ADDRESS", "As --ip, for IPv6.", v -> ip6 = v)
        .option("--as=NUMBER", "AS number of the node.", v -> asNumber = v)
        .option("--name=NAME", "Name of the node. Default: the host's", v -> name = v)
        .option(
            "--ip-autodetection-method=METHOD",
            "first-found, interface=, skip-interface=, cidr=, can-reach=.",
            v -> method = v)
        .option(
            "--ip6-autodetection-method=METHOD",
            "As --ip-autodetection-method, for IPv6.",
            v -> method6 = v)
        .option("--backend=BACKEND", "bird (default) or none.", v -> backend = v)
        .flag(
            "--no-default-ippools",
            "Create no pools if there are none.",
            () -> noDefaultPools = true)
        .option("--felix-config=FILE", "Felix's configuration file.", v -> felixConfig = v)
        .option(
            "--node-image, --log-dir=VALUE",
            "For upstream's scripts: without effect.",
            v -> ignored = v)
        .flag("--init-system", "For upstream's scripts: without effect.", () -> initSystem = true)
        .flag("--dryrun", "Print the command instead.", () -> dryRun = true)
        .include(connection)
        .examples(
            "calicoctl node run --ip=10.0.0.1/24 --as=64512 --dryrun",
            "calicoctl node run --name=node-1 --ip=autodetect");
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
