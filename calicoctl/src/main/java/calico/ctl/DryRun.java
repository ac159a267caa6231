package calico.ctl;

import calico.cli.Command;
import calico.cli.Options;
import calico.datastore.Datastore;
import calico.model.key.Key;
import calico.model.key.ResourceKey;
import java.io.PrintStream;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;

/** The option of commands that can say what they would do, and what a rehearsal comes to. */
final class DryRun implements Options {
  boolean asked;

  @Override
  public void declare(Command command) {
    command.flag(
        "--dry-run",
        "Check everything and say what would happen, but write nothing.",
        () -> asked = true);
  }

  /** What stands after a report of what has been done. */
  String suffix() {
    return asked ? " (dry run)" : "";
  }

  /**
   * Writes a resource; in a dry run only says what would happen.
   *
   * @param write into the datastore that it is given
   */
  void orReally(
      Datastore datastore, ResourceKey<?> key, PrintStream out, Consumer<Datastore> write) {
    if (!asked) {
      write.accept(datastore);
      return;
    }
    Rehearsal rehearsal = new Rehearsal(datastore);
    write.accept(rehearsal);
    report(rehearsal, List.of(key), out);
  }

  /**
   * Prints what would happen to each resource, and then to what belongs to them.
   *
   * @param asked what the command was asked to write, as far as it can be done
   */
  static void report(Rehearsal rehearsal, Collection<? extends Key<?>> asked, PrintStream out) {
    Set<Key<?>> named = new LinkedHashSet<>(asked);
    named.forEach(key -> print(rehearsal, key, "", out));
    Set<Key<?>> others = new HashSet<>(named);
    for (Key<?> key : rehearsal.writtenKeys()) {
      if (others.add(key) && rehearsal.effect(key) != Rehearsal.Effect.UNCHANGED) {
        print(rehearsal, key, "  with that: ", out);
      }
    }
  }

  private static void print(Rehearsal rehearsal, Key<?> key, String prefix, PrintStream out) {
    String effect = rehearsal.effect(key).name().toLowerCase(Locale.ROOT);
    out.println(prefix + Rehearsal.describe(key) + ": " + effect);
  }
}
