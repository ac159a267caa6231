package calico.model.resource;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fields of an object that this version does not know, kept so that a read-modify-write loses
 * nothing. Always the last component of a spec record.
 *
 * @param fields JSON trees by field name, see {@link calico.model.json.Json}
 */
public record Unknown(Map<String, @Nullable Object> fields) {
  public static final Unknown NONE = new Unknown(Map.of());

  public Unknown {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }
}
