package calico.ctl;

import picocli.CommandLine.Option;

/** The option that every command with a datastore has. */
final class DatastoreOptions {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      defaultValue = DatastoreSettings.DEFAULT_FILE,
      description =
          "Where the datastore is, in YAML or JSON (kind: CalicoAPIConfig). Default:"
              + " ${DEFAULT-VALUE}; if that does not exist, the environment: DATASTORE_TYPE,"
              + " ETCD_ENDPOINTS, ETCD_KEY_FILE, ETCD_CERT_FILE, ETCD_CA_CERT_FILE,"
              + " each with or without the prefix CALICO_.")
  String config = DatastoreSettings.DEFAULT_FILE;
}
