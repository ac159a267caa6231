package calico.ctl;

import calico.cli.Command;
import calico.cli.Options;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import org.jspecify.annotations.Nullable;

/** The option that every command with a datastore has, and what it leads to. */
final class DatastoreOptions implements Options {
  String config = DatastoreSettings.DEFAULT_FILE;

  private @Nullable Command command;

  @Override
  public void declare(Command declared) {
    command = declared;
    declared.option(
        "-c, --config=FILE",
        "Where the datastore is, in YAML or JSON (kind: CalicoAPIConfig). Default: "
            + DatastoreSettings.DEFAULT_FILE
            + "; if that does not exist, the environment: DATASTORE_TYPE,"
            + " ETCD_ENDPOINTS, ETCD_KEY_FILE, ETCD_CERT_FILE, ETCD_CA_CERT_FILE,"
            + " each with or without the prefix CALICO_.",
        v -> config = v);
  }

  /**
   * The datastore of a cluster of this client's version.
   *
   * @throws CommandException if the settings name none, or the cluster has another version
   */
  Datastore open(Session session) {
    Datastore datastore = connect(session);
    if (global().allowVersionMismatch) {
      return datastore;
    }
    try {
      requireSameVersion(datastore);
    } catch (RuntimeException e) {
      datastore.close();
      throw e;
    }
    return datastore;
  }

  /** The datastore of a cluster of any version. */
  Datastore connect(Session session) {
    CalicoctlCommand global = global();
    if (global.logLevel != null) {
      System.setProperty(
          "org.slf4j.simpleLogger.defaultLogLevel",
          switch (global.logLevel) {
            case "panic", "fatal" -> "off";
            default -> global.logLevel;
          });
    }
    return session.connect(config, global.context);
  }

  private CalicoctlCommand global() {
    if (command == null) {
      throw new IllegalStateException("not part of a command");
    }
    return (CalicoctlCommand) command.root().declaredBy();
  }

  private static void requireSameVersion(Datastore datastore) {
    String cluster;
    try {
      cluster =
          datastore
              .get(ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default"))
              .map(e -> e.value().spec().calicoVersion())
              .orElse(null);
    } catch (DatastoreException.Unavailable e) {
      throw e;
    } catch (DatastoreException e) {
      throw new CommandException(
          "unable to get Cluster Information to verify version mismatch: %s%nUse --allow-version-mismatch to override"
              .formatted(e.getMessage()));
    }
    if (cluster == null || cluster.isEmpty()) {
      return;
    }
    String client = VersionCommand.clientVersion();
    if (!plain(cluster).equals(plain(client))) {
      throw new CommandException(
          "version mismatch.%nClient Version:   %s%nCluster Version:  %s%nUse --allow-version-mismatch to override"
              .formatted("v" + client, plain(cluster)));
    }
  }

  /** What counts of a version: "v3.31.0-5-gabcdef" is "3.31.0". */
  private static String plain(String version) {
    String digits = version.startsWith("v") ? version.substring(1) : version;
    int dash = digits.indexOf('-');
    return dash < 0 ? digits : digits.substring(0, dash);
  }
}
