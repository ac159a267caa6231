package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.model.key.ResourceKey;
import calico.model.resource.ClusterInformationSpec;
import calico.model.resource.Kinds;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

final class VersionCommand implements Verb {
  private static final String RESOURCE = "version.txt";

  private final Session session;

  boolean clientOnly;
  DatastoreOptions connection = new DatastoreOptions();

  VersionCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command version) {
    version
        .description("Print the version of this client and of the cluster.")
        .flag("--client", "Of this client only.", () -> clientOnly = true)
        .include(connection)
        .examples("calicoctl version", "calicoctl version --client");
  }

  @Override
  public Integer call() {
    session.out().println("Client Version:    v" + clientVersion());
    if (clientOnly) {
      return 0;
    }
    try (Datastore datastore = connection.connect(session)) {
      ClusterInformationSpec cluster =
          new ResourceCommands(datastore)
              .get(ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default"))
              .spec();
      session.out().println("Cluster Version:   " + orUnknown(cluster.calicoVersion()));
      session.out().println("Cluster Type:      " + orUnknown(cluster.clusterType()));
    }
    return 0;
  }

  private static String orUnknown(@Nullable String value) {
    return value == null || value.isEmpty() ? "unknown" : value;
  }

  /** As the build gave it, without a leading v. */
  static String clientVersion() {
    try (InputStream in = VersionCommand.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing from the build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
