package calico.cni;

import calico.model.json.Json;
import calico.model.json.JsonException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An object of a JSON tree being read. Absent fields and nulls are as good as empty; fields of
 * another type are errors that name the field's path.
 */
record Fields(String path, Map<?, ?> tree) {

  /**
   * Parses the configuration that a runtime sends.
   *
   * @throws CniException if it is not a JSON object
   */
  static Fields parse(String json, String what) {
    try {
      if (Json.parse(json) instanceof Map<?, ?> tree) {
        return new Fields("", tree);
      }
      throw new CniException(
          CniException.UNDECODABLE, "cannot decode " + what, "it is not a JSON object");
    } catch (JsonException e) {
      throw new CniException(
          CniException.UNDECODABLE, "cannot decode " + what, String.valueOf(e.getMessage()), e);
    }
  }

  private CniException wrong(String name, @Nullable Object value, String expected) {
    return CniException.badConfig(path + name, value, "must be " + expected);
  }

  String text(String name, String ifAbsent) {
    Object value = tree.get(name);
    return switch (value) {
      case null -> ifAbsent;
      case String s -> s;
      default -> throw wrong(name, value, "a string");
    };
  }

  /** A boolean, or its text. */
  boolean flag(String name, boolean ifAbsent) {
    Object value = tree.get(name);
    return switch (value) {
      case null -> ifAbsent;
      case Boolean b -> b;
      case String s when s.equals("true") || s.equals("false") -> s.equals("true");
      default -> throw wrong(name, value, "true or false");
    };
  }

  /** A whole number that is not negative. */
  int number(String name, int ifAbsent) {
    Object value = tree.get(name);
    return switch (value) {
      case null -> ifAbsent;
      case Long n when n >= 0 && n <= Integer.MAX_VALUE -> n.intValue();
      default -> throw wrong(name, value, "a whole number, not negative");
    };
  }

  Fields object(String name) {
    Object value = tree.get(name);
    return switch (value) {
      case null -> new Fields(path + name + ".", Map.of());
      case Map<?, ?> m -> new Fields(path + name + ".", m);
      default -> throw wrong(name, value, "an object");
    };
  }

  private List<?> list(String name) {
    Object value = tree.get(name);
    return switch (value) {
      case null -> List.of();
      case List<?> l -> l;
      default -> throw wrong(name, value, "a list");
    };
  }

  List<Fields> objects(String name) {
    List<Fields> out = new ArrayList<>();
    for (Object item : list(name)) {
      if (!(item instanceof Map<?, ?> m)) {
        throw wrong(name + "[" + out.size() + "]", item, "an object");
      }
      out.add(new Fields(path + name + "[" + out.size() + "].", m));
    }
    return out;
  }

  List<String> texts(String name) {
    List<String> out = new ArrayList<>();
    for (Object item : list(name)) {
      if (!(item instanceof String s)) {
        throw wrong(name + "[" + out.size() + "]", item, "a string");
      }
      out.add(s);
    }
    return out;
  }

  /** All members, which must be strings. */
  Map<String, String> textMap() {
    Map<String, String> out = new LinkedHashMap<>();
    for (Object name : tree.keySet()) {
      out.put(String.valueOf(name), text(String.valueOf(name), ""));
    }
    return out;
  }
}
