package calico.model.resource;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Felix settings of the cluster ("default"), of a node ("node.NAME"), or of nodes by selector. The
 * fields are declared once, as Felix's parameters; here they are JSON trees by field name.
 */
public record FelixConfigurationSpec(Map<String, @Nullable Object> fields) {
  public FelixConfigurationSpec {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }
}
