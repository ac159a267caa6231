package calico.ctl;

import calico.datastore.Datastore;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What one run of the command line has of the outside world.
 *
 * @param connector opens the datastore that settings, named as environment variables, describe
 * @param uuids for the cluster's GUID, if the datastore is empty
 */
record Session(
    Map<String, String> env,
    InputStream in,
    PrintStream out,
    PrintStream err,
    Function<Map<String, String>, Datastore> connector,
    Supplier<UUID> uuids) {

  /**
   * Opens the datastore that a configuration file, or else the environment, names.
   *
   * @param context of the kubeconfig, or null for its current one
   * @throws CommandException if these do not name one
   */
  Datastore connect(String configFile, @Nullable String context) {
    try {
      Map<String, String> settings = new HashMap<>(DatastoreSettings.load(configFile, env));
      if (context != null) {
        settings.put("K8S_CURRENT_CONTEXT", context);
      }
      return connector.apply(settings);
    } catch (IllegalArgumentException e) {
      throw new CommandException("the datastore's settings: " + e.getMessage());
    }
  }

  /**
   * Shows how far a long operation has got, if somebody can see it.
   *
   * @param what is being done, such as "writing"
   * @param total number of steps
   */
  Progress progress(String what, int total) {
    return new Progress(err, err.equals(System.err) && Progress.onTerminal(), what, total);
  }
}
