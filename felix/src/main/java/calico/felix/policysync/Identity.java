package calico.felix.policysync;

import org.jspecify.annotations.Nullable;

/**
 * A namespace or service account. They are stored as profiles, which give endpoints their labels.
 */
sealed interface Identity {

  /** What each of its labels begins with where endpoints inherit it. */
  String labelPrefix();

  record Namespace(String name) implements Identity {
    @Override
    public String labelPrefix() {
      return "pcns.";
    }
  }

  record ServiceAccount(String namespace, String name) implements Identity {
    @Override
    public String labelPrefix() {
      return "pcsa.";
    }
  }

  /**
   * Whose profile it is: {@code kns.NAMESPACE} or {@code ksa.NAMESPACE.NAME}.
   *
   * @return null for a profile of neither
   */
  static @Nullable Identity ofProfile(String name) {
    if (name.startsWith("kns.")) {
      return new Namespace(name.substring("kns.".length()));
    }
    int dot = name.indexOf('.', "ksa.".length());
    if (name.startsWith("ksa.") && dot > 0) {
      return new ServiceAccount(name.substring("ksa.".length(), dot), name.substring(dot + 1));
    }
    return null;
  }
}
