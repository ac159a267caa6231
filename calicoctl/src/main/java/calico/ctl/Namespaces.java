package calico.ctl;

import calico.model.resource.Kind;
import org.jspecify.annotations.Nullable;

/** Which namespace a command means. */
final class Namespaces {
  private static final String DEFAULT = "default";

  private Namespaces() {}

  /**
   * The namespace of a resource, null exactly if its kind has none.
   *
   * @param own the one that the resource names
   * @param option the one of the command line
   * @throws CommandException if the two disagree, or the kind has none
   */
  static @Nullable String of(Kind<?> kind, @Nullable String own, @Nullable String option) {
    if (!kind.namespaced()) {
      if (own != null) {
        throw new CommandException(
            "metadata.namespace = '%s': namespace should not be specified: %s is not a namespaced resource"
                .formatted(own, kind));
      }
      if (option != null) {
        throw new CommandException("%s is not namespaced: leave --namespace out".formatted(kind));
      }
      return null;
    }
    if (own != null && option != null && !own.equals(option)) {
      throw new CommandException(
          "metadata.namespace = '%s': resource namespace does not match client namespace. %s != %s"
              .formatted(own, own, option));
    }
    return own != null ? own : option != null ? option : DEFAULT;
  }
}
