package calico.model.resource;

import calico.model.schema.Holds;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Felix settings of the cluster ("default"), of a node ("node.NAME"), or of nodes by selector. The
 * fields are declared once, as Felix's parameters; here they are JSON trees by field name.
 */
@Holds(
    value = "!has(self.routeTableRange) || !has(self.routeTableRanges)",
    field = "routeTableRange",
    otherwise = "routeTableRanges replaces it: set only that")
@Holds(
    value =
        "!has(self.spec.nodeSelector) || (self.metadata.name != 'default'"
            + " && !self.metadata.name.startsWith('node.'))",
    field = "nodeSelector",
    ofObject = true,
    otherwise = "the configurations default and node.NAME select by their name")
public record FelixConfigurationSpec(Map<String, @Nullable Object> fields) {
  /** The one field that is not a parameter: the nodes for which the others hold. */
  public static final String NODE_SELECTOR = "nodeSelector";

  public FelixConfigurationSpec {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }
}
