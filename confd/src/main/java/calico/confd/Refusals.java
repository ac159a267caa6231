package calico.confd;

import calico.model.key.ResourceKey;
import calico.model.resource.Problem;
import calico.model.resource.Resource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which BGPPeers and BGPFilters the daemon refuses although they are valid, found by trying without
 * them. What is found counts until one of these, a Node or a BGPConfiguration changes.
 */
final class Refusals {
  private static final Problem TRIED = Problem.error("spec", null, "left out for a trial");

  /** Where in the text that was tried: of no use to anyone later. */
  private static final Pattern PLACE = Pattern.compile("bird: \\S+:\\d+:\\d+ ");

  private final Function<BgpState, String> rendering;
  private final Trial trial;
  private @Nullable BgpState last;
  private Map<ResourceKey<?>, Problem> found = Map.of();

  /** Asks the daemon what it thinks of a text. */
  interface Trial {
    void run(String text) throws BgpDaemonException, IOException;
  }

  Refusals(Function<BgpState, String> rendering, Trial trial) {
    this.rendering = rendering;
    this.trial = trial;
  }

  /** The state without what is known to be refused. */
  BgpState applied(BgpState state) {
    boolean same =
        found.isEmpty()
            || (last != null
                && last.nodes().equals(state.nodes())
                && last.peers().equals(state.peers())
                && last.filters().equals(state.filters())
                && last.configurations().equals(state.configurations()));
    if (!same) {
      found = Map.of();
    }
    last = state;
    return state.refusing(found);
  }

  /**
   * Finds what in a state makes the daemon refuse it. Each refused resource takes about as many
   * trials as the number of resources has binary digits.
   *
   * @param state of {@link #applied}
   * @return the state without them
   * @throws BgpDaemonException.Refused with {@code words}, if nothing of that kind is at fault
   */
  BgpState search(BgpState state, BgpDaemonException.Refused words)
      throws BgpDaemonException, IOException {
    List<ResourceKey<?>> candidates = new ArrayList<>();
    Map<ResourceKey<?>, Problem> faulty = new HashMap<>(state.refused());
    for (Resource<?> filter : state.filters().values()) {
      candidates.add(ResourceKey.of(filter));
    }
    for (Resource<?> peer : state.peers().values()) {
      candidates.add(ResourceKey.of(peer));
    }
    candidates.removeAll(faulty.keySet());
    if (reason(state, faulty, candidates, 0) != null) {
      throw words;
    }
    while (reason(state, faulty, candidates, candidates.size()) != null) {
      int accepted = 0;
      int refused = candidates.size();
      while (refused - accepted > 1) {
        int middle = (accepted + refused) >>> 1;
        if (reason(state, faulty, candidates, middle) == null) {
          accepted = middle;
        } else {
          refused = middle;
        }
      }
      String reason = String.valueOf(reason(state, faulty, candidates, refused));
      faulty.put(candidates.remove(refused - 1), Problem.error("spec", null, reason));
    }
    found = Map.copyOf(faulty);
    return state.refusing(found);
  }

  /**
   * Why the daemon refuses the state with only the first of the candidates, or null if it does not.
   */
  private @Nullable String reason(
      BgpState state,
      Map<ResourceKey<?>, Problem> faulty,
      List<ResourceKey<?>> candidates,
      int present)
      throws BgpDaemonException, IOException {
    Map<ResourceKey<?>, Problem> without = new HashMap<>(faulty);
    candidates.subList(present, candidates.size()).forEach(key -> without.put(key, TRIED));
    try {
      trial.run(rendering.apply(state.refusing(without)));
      return null;
    } catch (BgpDaemonException.Refused e) {
      return PLACE.matcher(String.valueOf(e.getMessage())).replaceAll("");
    }
  }
}
