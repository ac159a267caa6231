package calico.ipam;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.ForwardingDatastore;
import java.util.Random;
import java.util.function.Function;

/**
 * Another datastore as one process sees it. At each call others may go on first. A write may be
 * lost on its way, or be carried out and its answer lost; and a process may be killed at either
 * moment, after which it gets nothing done any more.
 */
final class UnreliableDatastore extends ForwardingDatastore {
  private final Runnable step;
  private final Random dice;
  private final int faults;
  private boolean killed;

  /**
   * @param step run before each call
   * @param faults out of 100 writes
   */
  UnreliableDatastore(Datastore real, Runnable step, Random dice, int faults) {
    super(real);
    this.step = step;
    this.dice = dice;
    this.faults = faults;
  }

  /** What a killed process gets. */
  static final class Killed extends DatastoreException {
    private static final long serialVersionUID = 1;

    Killed() {
      super("killed by the test", null);
    }
  }

  @Override
  protected Datastore reach() {
    step.run();
    if (killed) {
      throw new Killed();
    }
    return super.reach();
  }

  @Override
  protected <T> T write(Function<Datastore, T> call) {
    Datastore reached = reach();
    boolean fails = dice.nextInt(100) < faults;
    killed = fails && dice.nextBoolean();
    DatastoreException failure =
        killed ? new Killed() : new DatastoreException.Unavailable("lost by the test", null);
    if (fails && dice.nextBoolean()) {
      throw failure;
    }
    T result = call.apply(reached);
    if (fails) {
      throw failure;
    }
    return result;
  }

  /** The real one is its owner's. */
  @Override
  public void close() {}
}
