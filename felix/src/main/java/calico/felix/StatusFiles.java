package calico.felix;

import calico.felix.dataplane.StatusListener;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.json.Json;
import calico.reconcile.Alarm;
import calico.reconcile.Backoff;
import calico.reconcile.EventLoop;
import calico.reconcile.Reconciler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file for each workload's endpoint that is up, so that who attached it can wait for it without
 * asking anybody. Written by a loop of its own: a slow disk holds up nothing.
 *
 * <p>Names and content are upstream's: {@code ORCHESTRATOR NAMESPACE%2FWORKLOAD ENDPOINT}, and JSON
 * with ifaceName, mac, ipv4Nets and ipv6Nets, without what is empty.
 */
final class StatusFiles implements StatusListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StatusFiles.class);
  private static final Duration RESYNC = Duration.ofSeconds(10);

  /** Besides letters and digits, what may stand for itself in a segment of a URI's path. */
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private static final String PLAIN = "-_.~$&+:=@";

  private final EventLoop loop =
      new EventLoop("status-files", e -> LOG.error("endpoint status files failed", e));
  private final Alarm alarm = new Alarm(loop, this::write);
  private final Reconciler<String, String> files;

  // Of the loop.
  private final Map<StateKey.Endpoint, LocalEndpoint> endpoints = new HashMap<>();
  private final Set<StateKey.Endpoint> up = new HashSet<>();

  /**
   * Starts with whatever files there are.
   *
   * @param prefix setting EndpointStatusPathPrefix: the directory with {@code endpoint-status}
   */
  StatusFiles(Path prefix) {
    this.files =
        new Reconciler<>(
            new StatusFileTarget(prefix),
            RESYNC,
            new Backoff(Duration.ofMillis(50), Duration.ofSeconds(5)),
            System::nanoTime,
            RandomGenerator.getDefault());
  }

  /** Takes changes of the desired state that the dataplane has tried. */
  void applied(List<StateChange> changes) {
    loop.execute(
        () -> {
          for (StateChange change : changes) {
            if (change
                instanceof StateChange.Put<?>(StateKey.Endpoint id, LocalEndpoint endpoint)) {
              endpoints.put(id, endpoint);
              refresh(id);
            } else if (change instanceof StateChange.Removed(StateKey.Endpoint id)) {
              endpoints.remove(id);
              refresh(id);
            } else if (change instanceof StateChange.InSync) {
              files.inputInSync(); // which of the endpoints are up has been told before
            }
          }
          write();
        });
  }

  @Override
  public void changed(StateKey.EndpointKey<?> endpoint, Condition condition) {
    if (endpoint instanceof StateKey.Endpoint id) {
      set(id, condition.state() == State.UP);
    }
  }

  @Override
  public void removed(StateKey.EndpointKey<?> endpoint) {
    if (endpoint instanceof StateKey.Endpoint id) {
      set(id, false);
    }
  }

  private void set(StateKey.Endpoint id, boolean isUp) {
    loop.execute(
        () -> {
          if (isUp ? up.add(id) : up.remove(id)) {
            refresh(id);
            write();
          }
        });
  }

  private void refresh(StateKey.Endpoint id) {
    LocalEndpoint endpoint = endpoints.get(id);
    if (endpoint != null && up.contains(id)) {
      files.desire(name(id), content(endpoint));
    } else {
      files.undesire(name(id));
    }
  }

  private void write() {
    Reconciler.Outcome<String> outcome = files.apply();
    outcome
        .failed()
        .forEach(
            (name, why) -> LOG.warn("cannot write endpoint status file '{}': {}", name, why + ""));
    if (outcome.broken() != null) {
      LOG.warn("cannot read endpoint status files: {}", outcome.broken().toString());
    }
    alarm.set(files.nextWake());
  }

  static String name(StateKey.Endpoint id) {
    return escape(id.orchestrator()) + " " + escape(id.workload()) + " " + escape(id.endpoint());
  }

  private static String escape(String text) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain = c < 0x80 && (Character.isLetterOrDigit(c) || PLAIN.indexOf(c) >= 0);
      if (plain) {
        out.append(c);
      } else {
        out.append('%').append(HEX.toHexDigits(b));
      }
    }
    return out.toString();
  }

  static String content(LocalEndpoint endpoint) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("ifaceName", endpoint.interfaceName());
    tree.put("mac", Objects.requireNonNullElse(endpoint.mac(), ""));
    tree.put("ipv4Nets", networks(endpoint, Family.IPV4));
    tree.put("ipv6Nets", networks(endpoint, Family.IPV6));
    tree.put("bgpPeerName", endpoint.bgpPeer().name());
    tree.values().removeIf(value -> value.equals("") || value.equals(List.of()));
    return Json.print(tree);
  }

  private static List<String> networks(LocalEndpoint endpoint, Family family) {
    return endpoint.networks().stream()
        .filter(network -> network.family() == family)
        .map(Cidr::toString)
        .toList();
  }

  /** Ends; the files stay, for the endpoints go on working. */
  @Override
  public void close() {
    loop.close();
  }
}
