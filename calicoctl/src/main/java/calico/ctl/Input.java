package calico.ctl;

import calico.model.json.YamlDocument;
import calico.model.key.ResourceKey;
import calico.model.resource.Resource;
import org.jspecify.annotations.Nullable;

/**
 * A resource that the user gave, and where.
 *
 * @param path of the resource in its document: "", or for an item of a list {@code items[3]}
 */
record Input(Resource<?> resource, String file, YamlDocument document, String path) {

  ResourceKey<?> key() {
    return ResourceKey.of(resource);
  }

  /** {@code FILE:LINE} of a field; of the resource itself for "". */
  String where(String fieldPath) {
    return where(file, document, path, fieldPath);
  }

  /** A message about this resource, with its place and, if it has not said it, its name. */
  String describe(@Nullable String message) {
    String text = String.valueOf(message);
    String name = key().toString();
    return where("") + ": " + (text.contains(name) ? "" : name + ": ") + text;
  }

  static String where(String file, YamlDocument document, String path, String fieldPath) {
    String separator = path.isEmpty() || fieldPath.isEmpty() ? "" : ".";
    return file + ":" + document.lineOf(path + separator + fieldPath);
  }
}
