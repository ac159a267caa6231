package calico.ctl;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How far a command over several resources got. The texts are upstream's: scripts read them. */
final class Outcome {
  private final String verb;
  private final String done;
  private final String suffix;
  private final int total;
  private final @Nullable String singleKind;
  private final List<String> errors = new ArrayList<>();
  private int handled;
  private int skipped;

  /**
   * Of a command that has not begun.
   *
   * @param verb as in "failed to apply"
   * @param done its past tense
   * @param kinds the kind's name of each resource
   */
  Outcome(String verb, String done, List<String> kinds) {
    this(verb, done, "", kinds);
  }

  /**
   * Of a command that has not begun.
   *
   * @param suffix of what is reported, such as " (dry run)"
   */
  Outcome(String verb, String done, String suffix, List<String> kinds) {
    this.verb = verb;
    this.done = done;
    this.suffix = suffix;
    this.total = kinds.size();
    Set<String> distinct = kinds.stream().collect(Collectors.toSet());
    this.singleKind = distinct.size() == 1 ? kinds.getFirst() : null;
  }

  void success() {
    handled++;
  }

  void failure(String message) {
    errors.add(message);
  }

  /**
   * Counts a result.
   *
   * @param describe says which resource a message is about
   */
  void add(Batch.Result result, UnaryOperator<String> describe) {
    switch (result) {
      case Batch.Result.Done() -> success();
      case Batch.Result.Failed(var reason) ->
          failure(describe.apply(String.valueOf(reason.getMessage())));
      case Batch.Result.Skipped() -> skipped++;
    }
  }

  /** Prints the result and returns the exit status. */
  int report(PrintStream out, PrintStream err) {
    if (errors.isEmpty()) {
      out.println("Successfully " + done + " " + handled + " " + quoted() + "resource(s)" + suffix);
      return 0;
    }
    if (handled == 0) {
      err.println(
          "Error: failed to %s %s%sresource%s:%s"
              .formatted(verb, total == 1 ? "" : "any ", quoted(), total == 1 ? "" : "s", list()));
    } else {
      out.println(
          "Partial success: %s the first %d out of %d %sresources:%s"
              .formatted(done, handled, total, quoted(), suffix));
      err.println("Error: hit error:" + list());
    }
    if (skipped > 0) {
      err.println("Error: stopped there: %d resource(s) have not been tried".formatted(skipped));
    }
    return 1;
  }

  private String quoted() {
    return singleKind == null ? "" : "'" + singleKind + "' ";
  }

  private String list() {
    return errors.size() == 1 ? " " + errors.getFirst() : "\n  " + String.join("\n  ", errors);
  }
}
