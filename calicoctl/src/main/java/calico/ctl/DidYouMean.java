package calico.ctl;

import calico.model.config.FelixParameters;
import calico.model.config.Parameter;
import calico.model.config.UnusedParameters;
import calico.model.resource.FelixConfigurationSpec;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.schema.Schema;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a user who wrote a name that does not exist most likely wanted to write. */
final class DidYouMean {
  private static final List<String> TOP =
      List.of("kind", "apiVersion", "metadata", "spec", "status");
  private static final List<String> METADATA =
      List.of(
          "name",
          "namespace",
          "labels",
          "annotations",
          "uid",
          "creationTimestamp",
          "resourceVersion");

  private DidYouMean() {}

  /** "; did you mean 'X'?" for a kind on the command line, or nothing. */
  static String kindOption(String wrong) {
    List<String> known = new ArrayList<>();
    for (Kind<?> kind : Kinds.all()) {
      known.add(kind.name().toLowerCase(Locale.ROOT));
      known.add(kind.plural());
      known.addAll(kind.shortNames());
    }
    return hint(wrong, known);
  }

  /** "; did you mean 'X'?" for the kind of a document, or nothing. */
  static String kind(@Nullable Object wrong) {
    return wrong == null
        ? ""
        : hint(String.valueOf(wrong), Kinds.all().stream().map(Kind::name).toList());
  }

  /**
   * "; did you mean 'X'?" for a field that does not exist, or nothing.
   *
   * @param path such as {@code spec.ingress[0].source.selecter}
   */
  static String field(Kind<?> kind, String path) {
    int dot = path.lastIndexOf('.');
    return hint(path.substring(dot + 1), fields(kind, dot < 0 ? "" : path.substring(0, dot)));
  }

  /**
   * "; 'X' stands there instead" for a field that is missing beside one that does not exist and has
   * nearly its name, or nothing.
   *
   * @param tree of the document
   * @param path of the missing field
   */
  static String instead(@Nullable Object tree, String path) {
    int dot = path.lastIndexOf('.');
    String parent = dot < 0 ? "" : path.substring(0, dot);
    if (!(tree instanceof Map<?, ?> document)
        || !(document.get("kind") instanceof String name)
        || Kinds.find(name) == null
        || !(at(document, parent) instanceof Map<?, ?> map)) {
      return "";
    }
    List<String> known = fields(Kinds.find(name), parent);
    List<String> strangers =
        map.keySet().stream().map(String::valueOf).filter(k -> !known.contains(k)).toList();
    String found = nearest(path.substring(dot + 1), strangers);
    return found == null ? "" : "; '" + found + "' stands there instead";
  }

  private static @Nullable Object at(Map<?, ?> document, String path) {
    Object tree = document;
    for (String step : path.isEmpty() ? new String[0] : path.split("[.\\[]")) {
      tree =
          switch (tree) {
            case Map<?, ?> map -> map.get(step);
            case List<?> list when step.endsWith("]") ->
                list.get(Integer.parseInt(step.substring(0, step.length() - 1)));
            case null, default -> null;
          };
    }
    return tree;
  }

  /** Names of the fields of the object at a path; none if it has no fixed fields. */
  private static List<String> fields(@Nullable Kind<?> kind, String path) {
    if (kind == null) {
      return List.of();
    }
    switch (path) {
      case "" -> {
        return TOP;
      }
      case "metadata" -> {
        return METADATA;
      }
      default -> {}
    }
    if (kind.specType() == FelixConfigurationSpec.class) {
      return Stream.concat(FelixParameters.all().stream(), UnusedParameters.all().stream())
          .map(Parameter::fieldName)
          .toList();
    }
    Type type = kind.specType();
    String[] steps = path.split("\\.");
    for (int i = 1; i < steps.length && type != null; i++) {
      type = below(type, steps[i].replaceAll("\\[.*", ""));
    }
    if (!(type instanceof Class<?> record) || !record.isRecord()) {
      return List.of();
    }
    List<String> out = new ArrayList<>();
    Schema.of(record).fields().forEach(f -> out.add(f.name()));
    return out;
  }

  /** The type of a field, or of its items. */
  private static @Nullable Type below(Type type, String field) {
    if (!(type instanceof Class<?> record) || !record.isRecord()) {
      return null;
    }
    for (Schema.Field each : Schema.of(record).fields()) {
      if (each.name().equals(field)) {
        Type of = each.type();
        while (of instanceof ParameterizedType list) {
          of = list.getActualTypeArguments()[list.getActualTypeArguments().length - 1];
        }
        return of;
      }
    }
    return null;
  }

  private static String hint(String wrong, Collection<String> known) {
    String nearest = nearest(wrong, known);
    return nearest == null ? "" : "; did you mean '" + nearest + "'?";
  }

  /** The nearest of some names; null if none is near. Letters count without their case. */
  static @Nullable String nearest(String wrong, Collection<String> known) {
    // One mistake in four letters is a slip; more is another word.
    int limit = wrong.length() < 3 ? 0 : Math.min(3, 1 + wrong.length() / 4);
    String best = null;
    for (String each : known) {
      int distance = distance(wrong.toLowerCase(Locale.ROOT), each.toLowerCase(Locale.ROOT));
      if (distance <= limit) {
        best = each;
        limit = distance - 1;
      }
    }
    return best;
  }

  /** Letters to insert, delete, change, or swap with their neighbour. */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(d[i - 1][j - 1] + change, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
