package calico.model.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A place in which parameters are set.
 *
 * @param name for messages: "environment", "/etc/calico/felix.cfg", "FelixConfiguration(default)"
 * @param byFieldName whether the keys are fields of a FelixConfiguration and the values JSON trees;
 *     else the keys are parameters' names in any case and the values text
 */
public record Source(String name, boolean byFieldName, Map<String, @Nullable Object> values) {}
