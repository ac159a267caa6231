package calico.felix.rules;

import java.util.Map;
import java.util.Set;

/**
 * What one state record becomes.
 *
 * @param objects exist because of this record. Another record may need an equal object under the
 *     same key (a list of ports that two policies have in common): it exists while any does
 * @param references objects that other records' renderings have to give
 */
public record Rendering(Map<NftKey, NftObject> objects, Set<NftKey> references) {
  public static final Rendering NOTHING = new Rendering(Map.of(), Set.of());

  public Rendering {
    objects = Map.copyOf(objects);
    references = Set.copyOf(references);
  }
}
