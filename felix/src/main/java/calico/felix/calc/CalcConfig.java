package calico.felix.calc;

import calico.model.resource.Resource;
import java.util.function.Predicate;

/**
 * What the calculation depends on besides the datastore.
 *
 * @param nodeName whose desired state is calculated
 * @param valid whether a resource may be used; others count as absent
 */
public record CalcConfig(String nodeName, Predicate<Resource<?>> valid) {}
