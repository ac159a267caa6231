package calico.model.json;

import calico.model.GoNumber;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** YAML text to and from trees; see the package for their shape. JSON text is YAML too. */
public final class Yaml {
  private static final LoadSettings SETTINGS =
      LoadSettings.builder().setUseMarks(true).setAllowDuplicateKeys(true).build();

  /** Anchors and merge keys could otherwise make a small text expand without limit. */
  private static final int MAX_VALUES = 1_000_000;

  private final Map<String, Integer> lines = new HashMap<>();
  private int values;

  private Yaml() {}

  /**
   * Parses the documents of a stream; empty ones are left out.
   *
   * @throws YamlException for a syntax error or a duplicate key
   */
  public static List<YamlDocument> parse(String text) {
    String spelt = text;
    while (true) {
      try {
        return documents(spelt);
      } catch (MarkedYamlEngineException e) {
        String other = withoutSeparatorEscapes(spelt, e.getProblemMark());
        if (other.equals(spelt)) {
          throw at(e.getProblemMark(), e.getProblem() == null ? e.getContext() : e.getProblem());
        }
        spelt = other;
      } catch (YamlEngineException e) {
        throw at(Optional.empty(), String.valueOf(e.getMessage()));
      }
    }
  }

  private static List<YamlDocument> documents(String text) {
    List<YamlDocument> out = new ArrayList<>();
    for (Node root : new Compose(SETTINGS).composeAllFromString(text)) {
      Yaml yaml = new Yaml();
      Object tree = yaml.value(root, "");
      if (tree != null) {
        out.add(new YamlDocument(tree, yaml.lines));
      }
    }
    return out;
  }

  /**
   * The escapes {@code \L} and {@code \P}, which the parser does not know, as the characters that
   * they stand for; from where it stopped to the end of that string in double quotes.
   */
  private static String withoutSeparatorEscapes(String text, Optional<Mark> stopped) {
    int at = stopped.map(m -> text.offsetByCodePoints(0, m.getIndex())).orElse(0);
    if (at == 0 || at == text.length() || text.charAt(at - 1) != '\\') {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length()).append(text, 0, at - 1);
    int i = at - 1;
    while (i < text.length() && text.charAt(i) != '"') {
      char c = text.charAt(i++);
      if (c == '\\' && i < text.length()) {
        char escaped = text.charAt(i++);
        switch (escaped) {
          case 'L' -> out.append("\\u2028");
          case 'P' -> out.append("\\u2029");
          default -> out.append(c).append(escaped);
        }
      } else {
        out.append(c);
      }
    }
    return out.append(text, i, text.length()).toString();
  }

  /** In block style with sorted keys, with a final line feed. */
  public static String print(@Nullable Object tree) {
    return new YamlPrinter().print(tree);
  }

  /**
   * A string, or what YAML takes plain text for otherwise, as upstream writes that where a string
   * must stand: {@code 1.10} becomes "1.1". Null if it is neither.
   */
  public static @Nullable String string(@Nullable Object tree) {
    return switch (tree) {
      case String s -> s;
      case Boolean b -> b.toString();
      case Long n -> n.toString();
      case BigInteger n when n.signum() > 0 && n.bitLength() <= Long.SIZE -> n.toString();
      case Number n -> GoNumber.shortestOf32Bits(n.doubleValue());
      case null, default -> null;
    };
  }

  private @Nullable Object value(Node node, String path) {
    if (++values > MAX_VALUES) {
      throw at(node.getStartMark(), "the document has more than " + MAX_VALUES + " values");
    }
    if (node.isRecursive()) {
      throw at(node.getStartMark(), "a value may not contain itself");
    }
    lines.put(path, line(node));
    return switch (node) {
      case ScalarNode scalar -> YamlScalar.parse(scalar.getValue(), scalar.isPlain(), tag(node));
      case SequenceNode sequence -> {
        List<@Nullable Object> out = new ArrayList<>();
        for (Node item : sequence.getValue()) {
          out.add(value(item, path + "[" + out.size() + "]"));
        }
        yield out;
      }
      case MappingNode mapping -> mapping(mapping, path);
      default -> throw at(node.getStartMark(), "an alias without its anchor");
    };
  }

  private Map<String, @Nullable Object> mapping(MappingNode node, String path) {
    Map<String, @Nullable Object> out = merged(node, path);
    Set<String> own = new HashSet<>();
    for (NodeTuple entry : node.getValue()) {
      if (isMerge(entry.getKeyNode())) {
        continue;
      }
      String key = key(entry.getKeyNode());
      String at = path.isEmpty() ? key : path + "." + key;
      if (!own.add(key)) {
        throw at(
            entry.getKeyNode().getStartMark(),
            "the key '" + at + "' stands here twice, first on line " + lines.get(at));
      }
      out.put(key, value(entry.getValueNode(), at));
      // A nested block starts below its key; a reader looks for the key.
      lines.put(at, line(entry.getKeyNode()));
    }
    return out;
  }

  /**
   * What a mapping takes over from others by the merge key of YAML 1.1: {@code <<: *anchor}, or a
   * list of such, of which the first has precedence.
   */
  private Map<String, @Nullable Object> merged(MappingNode node, String path) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    for (NodeTuple entry : node.getValue()) {
      if (isMerge(entry.getKeyNode())) {
        Node from = entry.getValueNode();
        List<Node> all = from instanceof SequenceNode list ? list.getValue() : List.of(from);
        for (Node each : all.reversed()) {
          if (!(each instanceof MappingNode mapping)) {
            throw at(each.getStartMark(), "only mappings can be merged by <<");
          }
          if (value(mapping, path) instanceof Map<?, ?> its) {
            its.forEach((key, value) -> out.put((String) key, value));
          }
        }
        lines.put(path, line(node));
      }
    }
    return out;
  }

  private static boolean isMerge(Node key) {
    return key instanceof ScalarNode scalar && scalar.isPlain() && scalar.getValue().equals("<<");
  }

  private static int line(Node node) {
    return node.getStartMark().map(Mark::getLine).orElse(0) + 1;
  }

  private static String tag(Node node) {
    return node.getTag().getValue();
  }

  private static String key(Node node) {
    String key =
        node instanceof ScalarNode scalar
            ? string(YamlScalar.parse(scalar.getValue(), scalar.isPlain(), tag(node)))
            : null;
    if (key != null) {
      return key;
    }
    throw at(node.getStartMark(), "a key must be a string");
  }

  private static YamlException at(Optional<Mark> where, @Nullable String reason) {
    return new YamlException(
        where.map(Mark::getLine).orElse(0) + 1,
        where.map(Mark::getColumn).orElse(0) + 1,
        reason == null ? "not YAML" : reason);
  }
}
