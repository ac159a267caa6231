package calico.model.key;

import calico.model.resource.Kind;
import calico.model.resource.Resource;
import org.jspecify.annotations.Nullable;

/**
 * Names a resource.
 *
 * @param namespace null exactly if the kind is not namespaced
 */
public record ResourceKey<S>(Kind<S> kind, @Nullable String namespace, String name)
    implements Key<Resource<S>> {

  public ResourceKey {
    if (kind.namespaced() != (namespace != null)) {
      throw new IllegalArgumentException(
          kind.name()
              + "("
              + name
              + ") "
              + (kind.namespaced() ? "needs a namespace" : "has no namespace"));
    }
  }

  public static <S> ResourceKey<S> of(Kind<S> kind, String name) {
    return new ResourceKey<>(kind, null, name);
  }

  public static <S> ResourceKey<S> of(Kind<S> kind, String namespace, String name) {
    return new ResourceKey<>(kind, namespace, name);
  }

  public static <S> ResourceKey<S> of(Resource<S> resource) {
    return new ResourceKey<>(
        resource.kind(), resource.metadata().namespace(), resource.metadata().name());
  }

  /** {@code Kind(namespace/name)}, the form that error messages use. */
  @Override
  public String toString() {
    return kind.name() + "(" + (namespace == null ? "" : namespace + "/") + name + ")";
  }
}
