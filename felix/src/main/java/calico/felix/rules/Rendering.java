package calico.felix.rules;

import calico.felix.rules.NftKey.ChainKey;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What one state record becomes.
 *
 * @param objects exist because of this record. Another record may need an equal object under the
 *     same key (a list of ports that two policies have in common): it exists while any does
 * @param references objects that other renderings have to give
 * @param shared chains among the references that many records may need and that are made from their
 *     keys alone. Each exists while anything refers to it, and is rendered only if nothing did so
 *     before; its own rendering has it and what it refers to, and shares nothing further
 */
public record Rendering(
    Map<NftKey, NftObject> objects,
    Set<NftKey> references,
    Map<ChainKey, Supplier<Rendering>> shared) {
  public static final Rendering NOTHING = new Rendering(Map.of(), Set.of());

  public Rendering {
    objects = Map.copyOf(objects);
    references = Set.copyOf(references);
    shared = Map.copyOf(shared);
  }

  public Rendering(Map<NftKey, NftObject> objects, Set<NftKey> references) {
    this(objects, references, Map.of());
  }
}
