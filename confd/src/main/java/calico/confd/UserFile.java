package calico.confd;

import calico.model.json.Yaml;
import calico.model.json.YamlDocument;
import calico.model.json.YamlException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file of the user's own that is made from {@link BgpFacts}. Commands are lines of {@code
 * /bin/sh}.
 *
 * @param renderCommand gets the facts as its input, and prints the file
 * @param dest the file
 * @param mode its permissions, e.g. 0640
 * @param checkCommand fails if the file must not be put in place; {@code {{.src}}} in it stands for
 *     the candidate's path; null: anything goes
 * @param reloadCommand run once the file is in place; null: nothing is
 */
record UserFile(
    String renderCommand,
    Path dest,
    int mode,
    @Nullable String checkCommand,
    @Nullable String reloadCommand) {
  private static final Set<String> FIELDS =
      Set.of("render_cmd", "dest", "mode", "check_cmd", "reload_cmd");
  private static final int DEFAULT_MODE = 0600;

  /** The file cannot be made, or is not what its user wants. The message says why. */
  static final class Unusable extends Exception {
    private static final long serialVersionUID = 1;

    Unusable(String message) {
      super(message);
    }
  }

  /** Reads one from YAML. */
  static UserFile parse(String text) throws Unusable {
    try {
      List<YamlDocument> documents = Yaml.parse(text);
      if (documents.size() != 1 || !(documents.getFirst().tree() instanceof Map<?, ?> fields)) {
        throw new Unusable("expected one object with the fields " + FIELDS);
      }
      for (Object name : fields.keySet()) {
        if (!FIELDS.contains(String.valueOf(name))) {
          throw new Unusable(name + ": unknown field, expected " + FIELDS);
        }
      }
      Path dest = Path.of(required(fields, "dest"));
      if (!dest.isAbsolute()) {
        throw new Unusable("dest = '" + dest + "': expected an absolute path");
      }
      return new UserFile(
          required(fields, "render_cmd"),
          dest,
          mode(fields.get("mode")),
          text(fields.get("check_cmd")),
          text(fields.get("reload_cmd")));
    } catch (YamlException e) {
      throw new Unusable(String.valueOf(e.getMessage()));
    }
  }

  private static String required(Map<?, ?> fields, String name) throws Unusable {
    String text = text(fields.get(name));
    if (text == null || text.isBlank()) {
      throw new Unusable(name + ": is required");
    }
    return text;
  }

  private static @Nullable String text(@Nullable Object value) {
    return value == null ? null : String.valueOf(value);
  }

  private static int mode(@Nullable Object value) throws Unusable {
    String text = text(value);
    if (text == null) {
      return DEFAULT_MODE;
    }
    if (!text.matches("0?[0-7]{3}")) {
      throw new Unusable(
          "mode = '" + text + "': expected three octal digits in quotes, as \"0640\"");
    }
    return Integer.parseInt(text, 8);
  }

  /**
   * Makes the file and, if it is not what is there, has it checked, puts it in place and has it
   * loaded.
   *
   * @param facts JSON
   */
  void make(String facts) throws Unusable {
    Path candidate = dest.resolveSibling("." + dest.getFileName() + ".new");
    try {
      String text = run("render_cmd", renderCommand, facts);
      if (text.equals(current())) {
        return;
      }
      Files.deleteIfExists(candidate);
      var mine = PosixFilePermissions.fromString("rw-------");
      Files.createFile(candidate, PosixFilePermissions.asFileAttribute(mine));
      Files.writeString(candidate, text);
      Files.setAttribute(candidate, "unix:mode", mode);
      if (checkCommand != null) {
        run("check_cmd", checkCommand.replace("{{.src}}", candidate.toString()), "");
      }
      Files.move(candidate, dest, StandardCopyOption.ATOMIC_MOVE);
      if (reloadCommand != null) {
        run("reload_cmd", reloadCommand, "");
      }
    } catch (IOException e) {
      throw new Unusable("%s: %s".formatted(dest, e));
    } catch (BgpDaemonException e) {
      throw new Unusable(String.valueOf(e.getMessage()));
    }
  }

  private @Nullable String current() throws IOException {
    try {
      return Files.readString(dest);
    } catch (NoSuchFileException _) {
      return null;
    }
  }

  private static String run(String field, String command, String input)
      throws Unusable, BgpDaemonException, IOException {
    ShortCommand result =
        ShortCommand.run(List.of("/bin/sh", "-c", command), input.getBytes(StandardCharsets.UTF_8));
    if (result.status() != 0) {
      String words = result.errors().isBlank() ? result.output() : result.errors();
      throw new Unusable(
          "%s ended with status %d: %s".formatted(field, result.status(), words.strip()));
    }
    return result.output();
  }
}
