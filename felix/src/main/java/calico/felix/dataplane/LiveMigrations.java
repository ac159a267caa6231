package calico.felix.dataplane;

import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.Migration;
import calico.felix.state.StateKey;
import calico.netlink.AnnouncementMonitor;
import calico.netlink.NetlinkException;
import calico.reconcile.Alarm;
import calico.reconcile.EventLoop;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where each workload that comes from another node is on its way. Until it says that it runs here,
 * by a gratuitous ARP or RARP, it has no routes, and its traffic goes where it still is. From then
 * on, and for a time after all is over, its routes here go before those to where it was.
 */
final class LiveMigrations implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LiveMigrations.class);

  /** Names as upstream has them. */
  enum State {
    /** No migration, or one to another node. */
    BASE,
    /** It will come here. */
    TARGET,
    /** It runs here. */
    LIVE,
    /** The migration is over, and others still learn of it. */
    TIME_WAIT;

    boolean isHere() {
      return this != TARGET;
    }

    boolean isElevated() {
      return this == LIVE || this == TIME_WAIT;
    }

    /** After the calculation says what the workload is. One that has said nothing has come, too. */
    State after(Migration migration) {
      return switch (migration) {
        case SOURCE -> BASE;
        case TARGET -> this == BASE ? TARGET : this;
        case NONE -> this == BASE ? BASE : TIME_WAIT;
      };
    }
  }

  private static final class Arrival {
    final Alarm converged;
    String interfaceName = "";
    Migration migration = Migration.NONE;
    State state = State.BASE;

    Arrival(Alarm converged) {
      this.converged = converged;
    }
  }

  private final EventLoop loop;
  private final Duration convergence;
  private final Interfaces interfaces;
  private final Predicate<LocalEndpoint> ranHere;
  private final Consumer<StateKey.Endpoint> changed;
  private final Map<StateKey.Endpoint, Arrival> arrivals = new HashMap<>();
  private @Nullable AnnouncementMonitor monitor;

  /**
   * @param convergence how long the state TIME_WAIT lasts
   * @param ranHere whether it shows that a workload ran here before a restart
   * @param changed told, on the loop, of each endpoint that has another state for another reason
   *     than {@link #put}
   */
  LiveMigrations(
      EventLoop loop,
      Duration convergence,
      Interfaces interfaces,
      Predicate<LocalEndpoint> ranHere,
      Consumer<StateKey.Endpoint> changed) {
    this.loop = loop;
    this.convergence = convergence;
    this.interfaces = interfaces;
    this.ranHere = ranHere;
    this.changed = changed;
  }

  State of(StateKey.@Nullable Endpoint id) {
    Arrival arrival = id == null ? null : arrivals.get(id);
    return arrival == null ? State.BASE : arrival.state;
  }

  /**
   * An endpoint is as given, or gone.
   *
   * @return whether its state is another now
   */
  boolean put(StateKey.Endpoint id, @Nullable LocalEndpoint endpoint) {
    State before = of(id);
    Arrival arrival = arrivals.get(id);
    if (endpoint == null) {
      forget(id);
    } else if (arrival != null) {
      arrival.interfaceName = endpoint.interfaceName();
      if (arrival.migration != endpoint.migration()) {
        arrival.migration = endpoint.migration();
        move(id, arrival, arrival.state.after(endpoint.migration()));
      }
    } else if (endpoint.migration() == Migration.TARGET) {
      Arrival begun = new Arrival(new Alarm(loop, () -> converged(id)));
      begun.interfaceName = endpoint.interfaceName();
      begun.migration = Migration.TARGET;
      arrivals.put(id, begun);
      move(id, begun, ranHere.test(endpoint) ? State.LIVE : State.TARGET);
    }
    listenIfNeeded();
    return of(id) != before;
  }

  private void move(StateKey.Endpoint id, Arrival arrival, State next) {
    if (arrival.state != next) {
      LOG.info("live migration: endpoint={} from={} to={}", id, arrival.state, next);
      arrival.state = next;
      boolean waits = next == State.TIME_WAIT;
      arrival.converged.set(waits ? Optional.of(convergence) : Optional.empty());
    }
    if (next == State.BASE && arrival.migration != Migration.TARGET) {
      forget(id);
    }
  }

  private void forget(StateKey.Endpoint id) {
    Arrival arrival = arrivals.remove(id);
    if (arrival != null) {
      arrival.converged.set(Optional.empty());
    }
  }

  /** Somebody has announced himself by an interface. */
  private void announced(int interfaceIndex) {
    Interfaces.Interface i = interfaces.withIndex(interfaceIndex);
    for (Map.Entry<StateKey.Endpoint, Arrival> e : Map.copyOf(arrivals).entrySet()) {
      Arrival arrival = e.getValue();
      if (i != null && arrival.interfaceName.equals(i.name()) && arrival.state == State.TARGET) {
        move(e.getKey(), arrival, State.LIVE);
        changed.accept(e.getKey());
      }
    }
    listenIfNeeded();
  }

  private void converged(StateKey.Endpoint id) {
    Arrival arrival = arrivals.get(id);
    if (arrival != null && arrival.state == State.TIME_WAIT) {
      move(id, arrival, State.BASE);
      changed.accept(id);
    }
  }

  /** Nobody listens as long as nobody is awaited. */
  private void listenIfNeeded() {
    boolean awaited = arrivals.values().stream().anyMatch(a -> a.state == State.TARGET);
    if (awaited && monitor == null) {
      try {
        monitor = AnnouncementMonitor.start(index -> loop.execute(() -> announced(index)));
      } catch (NetlinkException e) {
        LOG.warn("cannot see when workloads arrive, only when migrations end: {}", e.toString());
      }
    } else if (!awaited) {
      close();
    }
  }

  @Override
  public void close() {
    AnnouncementMonitor open = monitor;
    monitor = null;
    if (open != null) {
      open.close();
    }
  }
}
