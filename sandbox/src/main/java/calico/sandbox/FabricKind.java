package calico.sandbox;

import java.util.Locale;

/** How the nodes are connected with each other. */
public enum FabricKind {
  /** One switch: all nodes are in one subnet. */
  L2,
  /** A router per rack, which is a subnet and an AS; the routers meet in one more switch. */
  L3,
  /** As L3, twice: each node is in two planes, and in each a spine joins the racks' leaves. */
  LEAF_SPINE;

  /**
   * By the name that it has on the command line.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public static FabricKind of(String name) {
    for (FabricKind kind : values()) {
      if (kind.toString().equals(name)) {
        return kind;
      }
    }
    throw new IllegalArgumentException("--fabric " + name + ": l2, l3 or leaf-spine");
  }

  /** As on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
