package calico.confd;

import calico.model.resource.BgpConfigurationSpec;
import calico.model.resource.BgpPassword;
import calico.model.resource.BgpPeerSpec;
import calico.model.resource.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The passwords of BGP sessions, each the file {@code NAME/KEY} below a directory: the layout in
 * which Kubernetes mounts secrets. A newline at the file's end does not count.
 */
final class Secrets {
  private static final Logger log = LoggerFactory.getLogger(Secrets.class);

  /** What a name or a key may be, so that no path leads out of the directory. */
  private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*");

  private final Path directory;

  /** An entry of a secret, as a {@link BgpPassword} names it. */
  record Entry(String name, String key) {
    static @Nullable Entry of(@Nullable BgpPassword password) {
      BgpPassword.SecretKey ref = password == null ? null : password.secretKeyRef();
      return ref == null || ref.name() == null ? null : new Entry(ref.name(), ref.key());
    }
  }

  Secrets(Path directory) {
    this.directory = directory;
  }

  /** The entries that resources of a state name. */
  static Set<Entry> wanted(BgpState state) {
    Set<Entry> entries = new LinkedHashSet<>();
    for (Resource<BgpConfigurationSpec> configuration : state.configurations().values()) {
      Optional.ofNullable(Entry.of(configuration.spec().nodeMeshPassword()))
          .ifPresent(entries::add);
    }
    for (Resource<BgpPeerSpec> peer : state.peers().values()) {
      Optional.ofNullable(Entry.of(peer.spec().password())).ifPresent(entries::add);
    }
    return entries;
  }

  /** Those of these entries that there are. */
  Map<Entry, String> read(Set<Entry> entries) {
    Map<Entry, String> found = new HashMap<>();
    for (Entry entry : entries) {
      String text = read(entry);
      if (text != null) {
        found.put(entry, text);
      }
    }
    return found;
  }

  private @Nullable String read(Entry entry) {
    if (!SEGMENT.matcher(entry.name()).matches() || !SEGMENT.matcher(entry.key()).matches()) {
      return null;
    }
    try {
      return Files.readString(directory.resolve(entry.name()).resolve(entry.key()))
          .replaceFirst("\\R\\z", "");
    } catch (NoSuchFileException _) {
      return null;
    } catch (IOException e) {
      log.warn("cannot read a password secret={} key={}: {}", entry.name(), entry.key(), e);
      return null;
    }
  }
}
