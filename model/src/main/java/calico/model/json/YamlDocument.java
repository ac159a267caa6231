package calico.model.json;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One document of a YAML stream.
 *
 * @param tree its content; null for an empty document
 * @param lines line, from 1, of each value by its path, such as {@code spec.ingress[0].action}; the
 *     document itself has the path ""
 */
public record YamlDocument(@Nullable Object tree, Map<String, Integer> lines) {

  /** The line on which the value at a path starts; for an absent one, where its parent does. */
  public int lineOf(String fieldPath) {
    for (String path = fieldPath; ; path = parent(path)) {
      Integer line = lines.get(path);
      if (line != null) {
        return line;
      }
      if (path.isEmpty()) {
        return 1;
      }
    }
  }

  private static String parent(String path) {
    int end = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
    return end < 0 ? "" : path.substring(0, end);
  }
}
