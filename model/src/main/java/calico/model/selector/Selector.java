package calico.model.selector;

import java.util.Map;

/**
 * A parsed selector expression.
 *
 * <p>STUB: replaced by the model work.
 */
public interface Selector {
  /** Whether labels satisfy this selector. */
  boolean matches(Map<String, String> labels);
}
