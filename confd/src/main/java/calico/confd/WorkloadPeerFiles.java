package calico.confd;

import calico.model.Cidr;
import calico.model.Ip;
import calico.model.json.Json;
import calico.model.resource.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workloads of this node that a BGPPeer with a {@code localWorkloadSelector} selects, as the
 * node agent says: a file for each endpoint that is up, in {@code endpoint-status}, JSON with the
 * BGPPeer's name as {@code bgpPeerName} and the workload's addresses as {@code ipv4Nets} and {@code
 * ipv6Nets} (upstream's libcalico-go, lib/epstatusfile).
 */
final class WorkloadPeerFiles {
  private static final Logger log = LoggerFactory.getLogger(WorkloadPeerFiles.class);

  private final Supplier<Optional<Path>> prefix;

  /** What has been complained about. */
  private final Set<String> unreadable = new HashSet<>();

  /**
   * One session to be.
   *
   * @param bgpPeer name of the BGPPeer
   * @param address the workload's first of a family
   */
  record Entry(String bgpPeer, Ip address) implements Comparable<Entry> {
    private static final Comparator<Entry> ORDER =
        Comparator.comparing(Entry::bgpPeer).thenComparing(Entry::address);

    @Override
    public int compareTo(Entry other) {
      return ORDER.compare(this, other);
    }
  }

  /**
   * @param prefix the directory of {@code endpoint-status} at present, or empty if there is none;
   *     the node agent's setting EndpointStatusPathPrefix
   */
  WorkloadPeerFiles(Supplier<Optional<Path>> prefix) {
    this.prefix = prefix;
  }

  /** Whether anybody asks for sessions with workloads. */
  static boolean areWanted(BgpState state) {
    return state.peers().values().stream().map(Resource::spec).anyMatch(Peerings::isOfWorkloads);
  }

  /** In no order; what cannot be read is logged, once, and left out. */
  List<Entry> read() {
    return prefix.get().map(path -> read(path.resolve("endpoint-status"))).orElse(List.of());
  }

  private List<Entry> read(Path directory) {
    List<Entry> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        read(file, found);
      }
    } catch (NoSuchFileException | NotDirectoryException _) {
      return List.of(); // no endpoint has been up yet
    } catch (IOException e) {
      complain(directory, e);
    }
    return found;
  }

  private void read(Path file, List<Entry> found) {
    try {
      if (Json.parse(Files.readAllBytes(file)) instanceof Map<?, ?> status
          && status.get("bgpPeerName") instanceof String peer
          && !peer.isEmpty()) {
        for (String networks : List.of("ipv4Nets", "ipv6Nets")) {
          if (status.get(networks) instanceof List<?> list && !list.isEmpty()) {
            found.add(new Entry(peer, Cidr.parse(String.valueOf(list.getFirst())).address()));
          }
        }
      }
    } catch (NoSuchFileException _) {
      // the endpoint has gone meanwhile
    } catch (IOException | RuntimeException e) {
      complain(file, e);
    }
  }

  private void complain(Path file, Exception e) {
    if (unreadable.add(file + " " + e)) {
      log.warn("cannot read which workloads are BGP peers file={}: {}", file, e.toString());
    }
  }
}
