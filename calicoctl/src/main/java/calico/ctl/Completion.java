package calico.ctl;

import calico.cli.Command;
import calico.cli.CommandLine;
import calico.cli.Option;
import calico.cli.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

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
  private final CommandLine before;
  private final String current;

  private Completion(Session session, List<String> words) {
    this.session = session;
    this.before =
        CommandLine.beginning(
            CalicoctlCommand.declaration(session),
            words.isEmpty() ? List.of() : words.subList(0, words.size() - 1));
    this.current = words.isEmpty() ? "" : words.getLast();
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
    Command command = before.command();
    List<String> all = new ArrayList<>();
    int equals = current.indexOf('=');
    Option awaiting = before.awaiting();
    if (awaiting != null) {
      all.addAll(values(awaiting, current));
    } else if (current.startsWith("--") && equals > 0) {
      Option named = command.find(current.substring(0, equals));
      if (named != null) {
        String prefix = current.substring(0, equals + 1);
        values(named, current.substring(equals + 1)).forEach(v -> all.add(prefix + v));
      }
    } else if (current.startsWith("-")) {
      command.allOptions().forEach(o -> all.addAll(o.names()));
    } else if (!command.commands().isEmpty()) {
      all.addAll(command.commands());
    } else {
      all.addAll(words(command.parameters()));
    }
    return all.stream().filter(c -> c.startsWith(current)).toList();
  }

  private List<String> values(Option option, String prefix) {
    return switch (option.name()) {
      case "--namespace" -> names().namespaces(prefix);
      case "--output" ->
          before.command().declaredBy() instanceof GetCommand
              ? List.of("ps", "wide", "yaml", "json", "custom-columns=", "jsonpath=")
              : List.of();
      case "--for" -> List.of("create", "delete", "condition=", "jsonpath=");
      default -> option.choices();
    };
  }

  private List<String> words(List<Parameter> parameters) {
    List<String> given = before.words();
    if (parameters.isEmpty()) {
      return List.of();
    }
    // Only the last one can be repeated.
    Parameter next = parameters.get(Math.min(given.size(), parameters.size() - 1));
    return switch (next.label()) {
      case "KIND", "KIND[.FIELD...]" -> CompletionNames.kinds();
      case "NAME" ->
          given.isEmpty()
              ? List.of()
              : names()
                  .resources(
                      given.getFirst(),
                      before.value("--namespace"),
                      before.value("--all-namespaces") != null,
                      current);
      case "SHELL" -> CompletionCommand.SHELLS;
      default -> List.of();
    };
  }

  private CompletionNames names() {
    String config = before.value("--config");
    return new CompletionNames(
        session.connect(config == null ? DatastoreSettings.DEFAULT_FILE : config, null));
  }
}
