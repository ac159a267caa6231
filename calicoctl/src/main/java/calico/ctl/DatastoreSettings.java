package calico.ctl;

import calico.model.json.Yaml;
import calico.model.json.YamlDocument;
import calico.model.json.YamlException;
import calico.model.resource.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the datastore is: from the file that {@code -c} names ({@code kind: CalicoAPIConfig}), or,
 * if the default file does not exist, from the environment. Either way the result has the
 * environment's names, as {@link calico.datastore.Datastores} reads them.
 */
final class DatastoreSettings {
  static final String DEFAULT_FILE = "/etc/calico/calicoctl.cfg";

  private static final String KIND = "CalicoAPIConfig";

  /** Environment variables by their field in the file. */
  private static final Map<String, String> VARIABLES =
      Map.ofEntries(
          Map.entry("datastoreType", "DATASTORE_TYPE"),
          Map.entry("etcdEndpoints", "ETCD_ENDPOINTS"),
          Map.entry("etcdDiscoverySrv", "ETCD_DISCOVERY_SRV"),
          Map.entry("etcdUsername", "ETCD_USERNAME"),
          Map.entry("etcdPassword", "ETCD_PASSWORD"),
          Map.entry("etcdKeyFile", "ETCD_KEY_FILE"),
          Map.entry("etcdCertFile", "ETCD_CERT_FILE"),
          Map.entry("etcdCACertFile", "ETCD_CA_CERT_FILE"),
          Map.entry("kubeconfig", "KUBECONFIG"),
          Map.entry("k8sAPIEndpoint", "K8S_API_ENDPOINT"),
          Map.entry("k8sKeyFile", "K8S_KEY_FILE"),
          Map.entry("k8sCertFile", "K8S_CERT_FILE"),
          Map.entry("k8sCAFile", "K8S_CA_FILE"),
          Map.entry("k8sAPIToken", "K8S_API_TOKEN"),
          Map.entry("k8sInsecureSkipTLSVerify", "K8S_INSECURE_SKIP_TLS_VERIFY"),
          Map.entry("k8sCurrentContext", "K8S_CURRENT_CONTEXT"),
          Map.entry("calicoAPIGroup", "CALICO_API_GROUP"));

  /** Fields with a PEM text, for which the environment has the name of a file only. */
  private static final Map<String, String> INLINE =
      Map.of(
          "etcdKey", "ETCD_KEY_FILE",
          "etcdCert", "ETCD_CERT_FILE",
          "etcdCACert", "ETCD_CA_CERT_FILE");

  private DatastoreSettings() {}

  /**
   * Settings by environment variable.
   *
   * @throws CommandException if the file is not a configuration, or names no file other than the
   *     default one that is absent
   */
  static Map<String, String> load(String file, Map<String, String> env) {
    Path path = Path.of(file);
    if (!Files.exists(path) && file.equals(DEFAULT_FILE)) {
      return env;
    }
    try {
      return fromText(file, Files.readString(path));
    } catch (NoSuchFileException e) {
      throw new CommandException(
          "there is no configuration file %s; name another with --config".formatted(file));
    } catch (IOException e) {
      throw new CommandException(
          "cannot read the configuration file %s: %s; name another with --config"
              .formatted(file, e));
    }
  }

  private static Map<String, String> fromText(String file, String text) {
    YamlDocument document;
    try {
      List<YamlDocument> documents = Yaml.parse(text);
      if (documents.size() != 1) {
        throw bad(file, 1, "one document is expected, not " + documents.size());
      }
      document = documents.getFirst();
    } catch (YamlException e) {
      throw new CommandException(file + ": " + e.getMessage());
    }
    if (!(document.tree() instanceof Map<?, ?> top)) {
      throw bad(file, 1, "an object with apiVersion, kind and spec is expected");
    }
    require(file, document, "apiVersion", top.get("apiVersion"), Kind.API_VERSION);
    require(file, document, "kind", top.get("kind"), KIND);
    Map<String, String> out = new LinkedHashMap<>();
    if (top.get("spec") instanceof Map<?, ?> spec) {
      spec.forEach(
          (field, value) -> {
            String inline = INLINE.get(field);
            if (inline != null && value instanceof String pem && !pem.isEmpty()) {
              String former = out.put(inline, secretFile(pem).toString());
              if (former != null) {
                throw bad(
                    file,
                    document.lineOf("spec." + field),
                    "spec.%s and spec.%sFile are both given; give one".formatted(field, field));
              }
              return;
            }
            String variable = inline == null ? VARIABLES.get(field) : inline;
            if (variable == null) {
              throw bad(file, document.lineOf("spec." + field), "unknown field spec." + field);
            }
            if (value != null && !value.equals("") && out.put(variable, value.toString()) != null) {
              throw bad(
                  file,
                  document.lineOf("spec." + field),
                  "spec.%s: the text is given as well; give one".formatted(field));
            }
          });
    }
    return out;
  }

  /** A file that only this user can read, and that goes with this process. */
  private static Path secretFile(String text) {
    try {
      Path path =
          Files.createTempFile(
              "calicoctl",
              ".pem",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      path.toFile().deleteOnExit();
      return Files.writeString(path, text);
    } catch (IOException e) {
      throw new CommandException("cannot write a temporary file for a key or certificate: " + e);
    }
  }

  private static void require(
      String file, YamlDocument document, String field, @Nullable Object value, String expected) {
    if (!expected.equals(value)) {
      throw bad(
          file,
          document.lineOf(field),
          "%s is '%s', but must be '%s'".formatted(field, value, expected));
    }
  }

  private static CommandException bad(String file, int line, String reason) {
    return new CommandException(file + ":" + line + ": " + reason);
  }
}
