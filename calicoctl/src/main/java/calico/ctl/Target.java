package calico.ctl;

import calico.model.key.ResourceKey;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a command is about: one resource, or all of a kind.
 *
 * @param key null for all of the kind
 * @param version the resourceVersion that a file gives, or null
 */
record Target(Kind<?> kind, @Nullable ResourceKey<?> key, @Nullable String version) {

  /**
   * From a kind and names, or else from files.
   *
   * @param names none means all
   * @throws CommandException for an unknown kind or a wrong namespace
   */
  static List<Target> of(
      Session session, @Nullable String kindName, List<String> names, FileOptions files) {
    if (kindName == null) {
      List<Target> out = new ArrayList<>();
      for (Input input : files.read(session, ResourceFiles.Check.NAME)) {
        Resource<?> r = input.resource();
        out.add(new Target(r.kind(), ResourceKey.of(r), r.metadata().resourceVersion()));
      }
      return out;
    }
    if (files.filename != null) {
      throw new CommandException("give either KIND and NAME or --filename, not both");
    }
    Kind<?> kind = kind(kindName);
    Namespaces.of(kind, null, files.namespace);
    if (names.isEmpty()) {
      return List.of(new Target(kind, null, null));
    }
    List<Target> out = new ArrayList<>();
    for (String name : names) {
      out.add(new Target(kind, key(kindName, name, files.namespace), null));
    }
    return out;
  }

  /**
   * The key.
   *
   * @throws CommandException if this is all of a kind
   */
  ResourceKey<?> named() {
    if (key == null) {
      throw new CommandException(
          "resource name may not be empty: name the resources of kind %s".formatted(kind));
    }
    return key;
  }

  /**
   * The one resource of a kind and name.
   *
   * @throws CommandException for an unknown kind, an empty name or a wrong namespace
   */
  static ResourceKey<?> key(String kindName, String name, @Nullable String namespace) {
    if (name.isEmpty()) {
      throw new CommandException("resource name may not be empty");
    }
    Kind<?> kind = kind(kindName);
    return new ResourceKey<>(kind, Namespaces.of(kind, null, namespace), name);
  }

  /**
   * The kind of a name as users write it: singular, plural, or short with or without an s.
   *
   * @throws CommandException naming those that there are
   */
  static Kind<?> kind(String name) {
    Kind<?> kind = Kinds.find(name);
    if (kind == null && name.toLowerCase(Locale.ROOT).endsWith("s")) {
      kind = Kinds.find(name.substring(0, name.length() - 1));
    }
    if (kind == null) {
      String hint = DidYouMean.kindOption(name);
      throw new CommandException(
          "resource type '%s' is not supported%s choose from %s"
              .formatted(
                  name,
                  hint.isEmpty() ? ":" : hint + " Or",
                  String.join(", ", Kinds.all().stream().map(Kind::plural).toList())));
    }
    return kind;
  }
}
