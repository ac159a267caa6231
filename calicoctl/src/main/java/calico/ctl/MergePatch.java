package calico.ctl;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A change to a resource as a partial tree: objects are merged member by member, null removes a
 * member, and anything else, lists included, replaces what was there.
 *
 * <p>That is RFC 7386, and what Kubernetes' strategic merge does with this data model, none of
 * whose lists is declared to be merged. Of the strategic directives {@code $patch: replace} and
 * {@code $patch: delete} of objects are kept.
 */
final class MergePatch {
  private static final String DIRECTIVE = "$patch";

  private MergePatch() {}

  /**
   * The changed tree.
   *
   * @throws CommandException for an unknown directive
   */
  static Map<String, @Nullable Object> apply(Map<?, ?> tree, Map<?, ?> patch) {
    Object directive = patch.get(DIRECTIVE);
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    if (directive != null && directive.equals("delete")) {
      return out;
    }
    if (directive == null || directive.equals("merge")) {
      tree.forEach((name, value) -> out.put(String.valueOf(name), value));
    } else if (!directive.equals("replace")) {
      throw new CommandException(
          "the patch: $patch = '%s': choose from merge, replace, delete".formatted(directive));
    }
    patch.forEach((name, value) -> change(out, String.valueOf(name), value));
    return out;
  }

  private static void change(
      Map<String, @Nullable Object> tree, String name, @Nullable Object value) {
    if (name.equals(DIRECTIVE)) {
      return;
    }
    if (name.startsWith("$")) {
      throw new CommandException(
          "the patch: %s: lists of these resources are replaced as a whole; give all of the list"
              .formatted(name));
    }
    if (value == null || (value instanceof Map<?, ?> m && "delete".equals(m.get(DIRECTIVE)))) {
      tree.remove(name);
    } else if (value instanceof Map<?, ?> below) {
      tree.put(name, apply(tree.get(name) instanceof Map<?, ?> old ? old : Map.of(), below));
    } else {
      tree.put(name, value);
    }
  }
}
