package calico.confd;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How confd is doing.
 *
 * @param inSync everything has been read from the datastore at least once
 * @param applied when the BGP daemon last confirmed a configuration of this process
 * @param reloads how often it was given a new configuration
 * @param error why what the datastore says is not what it does, or empty if it is
 * @param faults of single resources, which keep none of the others from having effect
 * @param files what is wrong with files of the user's own, a sentence each
 */
public record ConfdStatus(
    boolean inSync,
    Optional<Instant> applied,
    long reloads,
    Optional<String> error,
    Set<Fault> faults,
    List<String> files) {
  static final String ERROR = "error: ";

  ConfdStatus withInSync(boolean reached) {
    return new ConfdStatus(reached, applied, reloads, error, faults, files);
  }

  ConfdStatus withError(Optional<String> why) {
    return new ConfdStatus(inSync, applied, reloads, why, faults, files);
  }

  ConfdStatus withFaults(Set<Fault> found) {
    return new ConfdStatus(inSync, applied, reloads, error, found, files);
  }

  ConfdStatus withFiles(List<String> problems) {
    return new ConfdStatus(inSync, applied, reloads, error, faults, problems);
  }

  /** One more configuration was confirmed. */
  ConfdStatus reloaded(Instant when) {
    return new ConfdStatus(inSync, Optional.of(when), reloads + 1, Optional.empty(), faults, files);
  }

  /**
   * What is wrong, a line each: first why nothing new has effect, if that is so ({@code error:
   * ...}), then what is wrong with single resources ({@code refused: BGPPeer(far): ...}, {@code
   * doubtful: ...}) and files of the user's own.
   */
  public List<String> problems() {
    List<String> lines = new ArrayList<>();
    if (!inSync) {
      lines.add(ERROR + "the datastore has not been read, or is not ready");
    }
    error.ifPresent(why -> lines.add(ERROR + why));
    faults.stream().map(fault -> fault.verdict() + ": " + fault).sorted().forEach(lines::add);
    files.stream().map(problem -> "refused: " + problem).forEach(lines::add);
    return lines.stream().map(line -> line.replaceAll("\\p{Cntrl}+", " ")).toList();
  }

  /**
   * Whether the daemon runs what the datastore says, but for what is wrong with single resources.
   */
  public boolean healthy() {
    return inSync && applied.isPresent() && error.isEmpty();
  }
}
