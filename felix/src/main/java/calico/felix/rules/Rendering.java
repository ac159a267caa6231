package calico.felix.rules;

import calico.felix.rules.NftKey.ChainKey;
import java.util.Map;
import java.util.Set;

/**
 * What one state record becomes.
 *
 * @param objects exist because of this record. Another record may need an equal object under the
 *     same key (a list of ports that two policies have in common): it exists while any does
 * @param references objects that other renderings have to give
 * @param lists what the chains among the references are to say that are lists of policies: many
 *     records refer to the same
 */
public record Rendering(
    Map<NftKey, NftObject> objects, Set<NftKey> references, Map<ChainKey, PolicyList> lists) {
  public static final Rendering NOTHING = new Rendering(Map.of(), Set.of());

  public Rendering {
    objects = Map.copyOf(objects);
    references = Set.copyOf(references);
    lists = Map.copyOf(lists);
  }

  public Rendering(Map<NftKey, NftObject> objects, Set<NftKey> references) {
    this(objects, references, Map.of());
  }
}
