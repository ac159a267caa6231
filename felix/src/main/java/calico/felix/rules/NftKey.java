package calico.felix.rules;

import calico.netlink.nftables.Value;

/** Names one object of a table. */
public sealed interface NftKey {

  /** A chain with its rules. */
  record ChainKey(String name) implements NftKey {}

  /** A set or map without its elements. */
  record SetKey(String name) implements NftKey {}

  /** One element of a set or map: a key, or a range of keys with both ends included. */
  record ElementKey(String set, Value from, Value to) implements NftKey {}
}
