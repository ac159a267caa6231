package calico.model.selector;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a selector is evaluated against. */
@FunctionalInterface
public interface Labels {
  /** The value of a label, or null if there is none of that name. */
  @Nullable String get(String name);

  static Labels of(Map<String, String> labels) {
    return labels::get;
  }
}
