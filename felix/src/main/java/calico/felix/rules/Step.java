package calico.felix.rules;

import calico.felix.rules.NftKey.ChainKey;

/**
 * Something that is asked in its turn, as long as nothing has decided.
 *
 * @param text for people
 */
public record Step(ChainKey chain, String text) {}
