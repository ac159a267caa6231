package calico.netlink.route;

/** How far away a destination is; {@code enum rt_scope_t}. Other numbers may occur. */
public final class Scope {
  public static final int UNIVERSE = 0;
  public static final int LINK = 253;
  public static final int HOST = 254;

  /** In a deletion: any. */
  static final int NOWHERE = 255;

  private Scope() {}
}
