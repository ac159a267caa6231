package calico.ctl;

import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Names that a user may be about to type. Of many, some. */
record CompletionNames(Datastore datastore) {
  /** More are of no use in a terminal. */
  private static final int MAX_NAMES = 1000;

  /** Profiles of namespaces are named so. */
  private static final String OF_NAMESPACE = "kns.";

  /** Every name of every kind. */
  static List<String> kinds() {
    Set<String> out = new TreeSet<>();
    for (Kind<?> kind : Kinds.all()) {
      out.add(kind.name().toLowerCase(Locale.ROOT));
      out.add(kind.plural());
      out.addAll(kind.shortNames());
    }
    return List.copyOf(out);
  }

  List<String> resources(
      String kindName, @Nullable String namespace, boolean allNamespaces, String prefix) {
    Kind<?> kind = Kinds.find(kindName);
    if (kind == null) {
      return List.of();
    }
    String in = kind.namespaced() && !allNamespaces ? Namespaces.of(kind, null, namespace) : null;
    return names(kind, in, prefix).stream().map(ResourceKey::name).toList();
  }

  /**
   * Namespaces are kept in no place of their own: those that profiles are named after, and those of
   * policies, sets and endpoints.
   */
  List<String> namespaces(String prefix) {
    Set<String> out = new TreeSet<>();
    names(Kinds.PROFILE, null, OF_NAMESPACE + prefix)
        .forEach(key -> out.add(key.name().substring(OF_NAMESPACE.length())));
    for (Kind<?> kind : List.of(Kinds.NETWORK_POLICY, Kinds.NETWORK_SET, Kinds.WORKLOAD_ENDPOINT)) {
      for (ResourceKey<?> key : names(kind, null, "")) {
        if (key.namespace() != null) {
          out.add(key.namespace());
        }
      }
    }
    return List.copyOf(out);
  }

  private <S> List<ResourceKey<?>> names(Kind<S> kind, @Nullable String in, String prefix) {
    List<ResourceKey<?>> out = new ArrayList<>();
    datastore.scan(
        new Query.Resources<>(kind, in, prefix),
        page -> {
          for (Entry<?> entry : page.entries()) {
            if (entry.key() instanceof ResourceKey<?> key) {
              out.add(key);
            }
          }
          return out.size() < MAX_NAMES;
        });
    return out;
  }
}
