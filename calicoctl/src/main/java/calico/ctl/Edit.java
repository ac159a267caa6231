package calico.ctl;

import calico.model.json.Yaml;
import calico.model.key.ResourceKey;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One resource in a text editor: opened, checked, opened again if there is a mistake, written if
 * the resource has not changed meanwhile. The text is in a file of its own, which is deleted only
 * when it is of no more use.
 */
final class Edit<S> {
  private static final List<String> EDITORS = List.of("CALICO_EDITOR", "VISUAL", "EDITOR");

  /** How {@link ResourceFiles} says where in the text a problem is. */
  private static final Pattern PLACE = Pattern.compile("^standard input:(\\d+): ");

  private final Session session;
  private final ResourceCommands commands;
  private final Resource<S> stored;
  private final Path file;

  /**
   * Of a resource as it is stored, with its version.
   *
   * @throws CommandException if it is read-only, or no file can be made for it
   */
  Edit(Session session, ResourceCommands commands, Resource<S> stored) {
    this.session = session;
    this.commands = commands;
    this.stored = stored;
    ResourceCommands.requireWritable(ResourceKey.of(stored));
    try {
      this.file = Files.createTempFile("calicoctl-edit-", ".yaml");
    } catch (IOException e) {
      throw new CommandException("cannot make a file for the editor: " + e);
    }
  }

  /**
   * Edits and writes.
   *
   * @return the exit status
   * @throws CommandException if the text could not be written; it names the file that has it
   */
  int run() {
    String original = Yaml.print(ResourceCodec.encode(stored));
    String body = original;
    List<String> problems = List.of();
    while (true) {
      String edited = withoutComments(open(header(problems) + body));
      if (edited.isBlank() || edited.equals(original)) {
        return cancel(edited.isBlank() ? "the saved file was empty" : "no changes made");
      }
      if (!problems.isEmpty() && edited.equals(body)) {
        throw new CommandException(
            "Edit cancelled, the text still has %d problem(s); it is in %s"
                .formatted(problems.size(), file));
      }
      body = edited;
      try {
        Resource<S> changed = read(body);
        if (ResourceCodec.encode(changed).equals(ResourceCodec.encode(stored))) {
          return cancel("no changes made");
        }
        commands.replace(changed);
        delete();
        session.out().println("Successfully edited 1 '" + stored.kind() + "' resource");
        return 0;
      } catch (InputException e) {
        problems = e.problems();
      } catch (CommandException e) {
        problems = List.of(String.valueOf(e.getMessage()));
      } catch (RuntimeException e) {
        session.err().println("The edited text is in " + file);
        throw e;
      }
    }
  }

  private int cancel(String reason) {
    delete();
    session.out().println("Edit cancelled, " + reason);
    return 0;
  }

  /**
   * The resource that a text has, at the version that was opened.
   *
   * @throws InputException with what is wrong with it
   */
  private Resource<S> read(String body) {
    List<Input> inputs =
        ResourceFiles.read(
            "-",
            new FileOptions(),
            ResourceFiles.Check.ALL,
            new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)),
            session.err());
    ResourceKey<S> key = ResourceKey.of(stored);
    if (inputs.size() != 1 || !inputs.getFirst().key().equals(key)) {
      throw new InputException(
          List.of(
              "the text must stay %s: kind, name and namespace cannot be changed, nor another resource added"
                  .formatted(key)));
    }
    Resource<S> changed =
        ResourceCodec.decode(stored.kind(), ResourceCodec.encode(inputs.getFirst().resource()));
    return changed.withMetadata(
        changed.metadata().withResourceVersion(stored.metadata().resourceVersion()));
  }

  /** What stands above the resource. */
  private String header(List<String> problems) {
    List<String> lines =
        Stream.concat(
                Stream.of(
                    "Change " + ResourceKey.of(stored) + " and save it. To change nothing, leave",
                    "it as it is. Lines at the top that begin with '#' are ignored."),
                problems.isEmpty()
                    ? Stream.of()
                    : Stream.concat(Stream.of("", "It has not been written:"), problems.stream()))
            .flatMap(String::lines)
            .toList();
    // Problems count lines from below the header; the user sees them from above it.
    return lines.stream()
        .map(
            line ->
                "# "
                    + PLACE
                        .matcher(line)
                        .replaceFirst(m -> "line %d: ".formatted(line(m) + lines.size())))
        .map(String::stripTrailing)
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static int line(MatchResult place) {
    return Integer.parseInt(place.group(1));
  }

  private static String withoutComments(String text) {
    return text.lines()
        .dropWhile(line -> line.startsWith("#"))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /** The text as the editor leaves it. */
  private String open(String text) {
    String editor = editor(session.env());
    try {
      Files.writeString(file, text);
      // The shell splits an editor with options into words.
      int status =
          new ProcessBuilder("sh", "-c", editor + " \"$1\"", "sh", file.toString())
              .inheritIO()
              .start()
              .waitFor();
      if (status != 0) {
        throw new CommandException(
            "the editor '%s' ended with status %d; nothing has been done. The text is in %s"
                .formatted(editor, status, file));
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw new CommandException(
          "the editor '%s' and its file %s: %s; nothing has been done".formatted(editor, file, e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException("interrupted; the text is in " + file);
    }
  }

  private static String editor(Map<String, String> env) {
    for (String name : EDITORS) {
      @Nullable String editor = env.get(name);
      if (editor != null && !editor.isBlank()) {
        return editor;
      }
    }
    return "vi";
  }

  private void delete() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      session.err().println("Warning: cannot delete " + file + ": " + e);
    }
  }
}
