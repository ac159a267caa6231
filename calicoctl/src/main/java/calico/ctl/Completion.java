package calico.ctl;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * What may follow on an unfinished command line: {@code calicoctl __complete WORD...}, of which the
 * last word is the one to complete, prints one candidate a line. The scripts of {@code calicoctl
 * completion} call it. It never fails and takes little more than {@link #LIMIT_MILLIS} at most.
 *
 * <p>What a word is follows from the label of its option or parameter, so that a new command is
 * completed without a word here.
 */
final class Completion {
  static final String VERB = "__complete";

  private static final long LIMIT_MILLIS = 2000;

  private final Session session;
  private final List<String> before;
  private final String current;
  private CommandSpec command;

  /** Positional words after the command, and the values of options by their longest name. */
  private final List<String> positional = new ArrayList<>();

  private @Nullable String namespace;
  private @Nullable String config;
  private boolean allNamespaces;

  /** The option whose value the current word is. */
  private @Nullable OptionSpec pending;

  private Completion(Session session, List<String> words) {
    this.session = session;
    this.before = words.isEmpty() ? List.of() : words.subList(0, words.size() - 1);
    this.current = words.isEmpty() ? "" : words.getLast();
    this.command = CommandSpec.create();
  }

  static int run(Session session, List<String> words) {
    CompletableFuture<List<String>> candidates = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                candidates.complete(new Completion(session, words).candidates());
              } catch (RuntimeException _) {
                // Such as no datastore: to a user who is typing that is no message.
                candidates.complete(List.of());
              }
            });
    try {
      candidates.get(LIMIT_MILLIS, TimeUnit.MILLISECONDS).forEach(session.out()::println);
    } catch (TimeoutException | ExecutionException _) {
      // Nothing to offer.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }

  private List<String> candidates() {
    if (before.isEmpty() && !current.startsWith("-")) {
      return CalicoctlCommand.verbs().keySet().stream().filter(c -> c.startsWith(current)).toList();
    }
    command = CalicoctlCommand.commandLine(before.toArray(String[]::new), session).getCommandSpec();
    before.forEach(this::read);
    Set<String> all = new LinkedHashSet<>();
    int equals = current.indexOf('=');
    OptionSpec option = pending;
    if (option != null) {
      all.addAll(values(option, current));
    } else if (current.startsWith("--") && equals > 0) {
      OptionSpec named = command.findOption(current.substring(0, equals));
      if (named != null) {
        String prefix = current.substring(0, equals + 1);
        values(named, current.substring(equals + 1)).forEach(v -> all.add(prefix + v));
      }
    } else if (current.startsWith("-")) {
      command.options().stream()
          .filter(o -> !o.hidden())
          .forEach(o -> all.addAll(List.of(o.names())));
    } else if (!command.subcommands().isEmpty()) {
      all.addAll(command.subcommands().keySet());
    } else {
      all.addAll(positionals());
    }
    return all.stream().filter(c -> c.startsWith(current)).toList();
  }

  /** Takes in a word that stands before the current one. */
  private void read(String word) {
    if (pending != null) {
      remember(pending, word);
      pending = null;
      return;
    }
    CommandLine sub = command.subcommands().get(word);
    if (sub != null) {
      command = sub.getCommandSpec();
    } else if (word.startsWith("-") && word.length() > 1) {
      int equals = word.indexOf('=');
      OptionSpec option = command.findOption(equals < 0 ? word : word.substring(0, equals));
      if (option != null && equals > 0) {
        remember(option, word.substring(equals + 1));
      } else if (option != null && option.arity().min() > 0) {
        pending = option;
      } else if (option != null) {
        allNamespaces |= option.longestName().equals("--all-namespaces");
      }
    } else {
      positional.add(word);
    }
  }

  private void remember(OptionSpec option, String value) {
    switch (option.longestName()) {
      case "--namespace" -> namespace = value;
      case "--config" -> config = value;
      default -> {}
    }
  }

  private List<String> values(OptionSpec option, String prefix) {
    if (option.completionCandidates() != null) {
      List<String> out = new ArrayList<>();
      option.completionCandidates().forEach(out::add);
      return out;
    }
    return switch (option.longestName()) {
      case "--namespace" -> names().namespaces(prefix);
      case "--output" ->
          command.name().equals("get")
              ? List.of("ps", "wide", "yaml", "json", "custom-columns=", "jsonpath=")
              : List.of();
      case "--for" -> List.of("create", "delete", "condition=", "jsonpath=");
      default -> List.of();
    };
  }

  private List<String> positionals() {
    ArgSpec next = null;
    for (PositionalParamSpec parameter : command.positionalParameters()) {
      if (parameter.index().contains(positional.size())) {
        next = parameter;
      }
    }
    return switch (next == null ? "" : next.paramLabel()) {
      case "KIND" -> CompletionNames.kinds();
      case "NAME" ->
          positional.isEmpty()
              ? List.of()
              : names().resources(positional.getFirst(), namespace, allNamespaces, current);
      case "SHELL" -> List.of("bash", "zsh", "fish");
      default -> List.of();
    };
  }

  private CompletionNames names() {
    return new CompletionNames(
        session.connect(config == null ? DatastoreSettings.DEFAULT_FILE : config, null));
  }
}
