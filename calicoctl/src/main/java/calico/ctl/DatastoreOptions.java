package calico.ctl;

import calico.cli.Command;
import calico.cli.Options;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import java.io.PrintStream;
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

  /** The datastore, with a warning if the cluster has another version than this client. */
  Datastore open(Session session) {
    Datastore datastore = connect(session);
    if (global().allowVersionMismatch) {
      return datastore;
    }
    try {
      compareVersions(datastore, session.err());
    } catch (RuntimeException e) {
      datastore.close();
      throw e;
    }
    return datastore;
  }

  /** The datastore of a cluster of any version. */
  Datastore connect(Session session) {
    return session.connect(config, global().context);
  }

  private CalicoctlCommand global() {
    if (command == null) {
      throw new IllegalStateException("not part of a command");
    }
    return (CalicoctlCommand) command.root().declaredBy();
  }

  private static void compareVersions(Datastore datastore, PrintStream err) {
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
      err.println("Warning: the cluster's version cannot be compared: " + e.getMessage());
      return;
    }
    if (cluster == null || cluster.isEmpty()) {
      return;
    }
    String client = VersionCommand.clientVersion();
    if (!plain(cluster).equals(plain(client))) {
      err.println(
          "Warning: version mismatch: the client has v%s, the cluster %s; --allow-version-mismatch silences this"
              .formatted(client, cluster));
    }
  }

  /** What counts of a version: "v3.31.0-5-gabcdef" is "3.31.0". */
  private static String plain(String version) {
    String digits = version.startsWith("v") ? version.substring(1) : version;
    int dash = digits.indexOf('-');
    return dash < 0 ? digits : digits.substring(0, dash);
  }
}
