package calico.ctl;

/** Runs {@code calicoctl}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.exit(CalicoctlCommand.run(args, System.getenv(), System.in, System.out, System.err));
  }
}
