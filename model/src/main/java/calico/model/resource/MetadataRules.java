package calico.model.resource;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Names, labels and annotations; the limits are Kubernetes' where upstream adds none. */
final class MetadataRules {
  static final String NAME_EXPECTED =
      "expected at most 253 of a-z, 0-9, inner '-' and '.', each part between dots starting and"
          + " ending with a letter or digit";

  private static final String LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
  private static final String SUBDOMAIN = LABEL + "(\\." + LABEL + ")*";
  private static final Pattern TIER_NAME = Pattern.compile(LABEL);
  private static final Pattern GLOBAL_POLICY_NAME = Pattern.compile("(" + LABEL + "\\.)?" + LABEL);
  private static final Pattern POLICY_NAME =
      Pattern.compile(
          "(" + LABEL + "\\.)?" + LABEL + "|(knp|ossg)\\.default\\.(" + SUBDOMAIN + ")");
  private static final int MAX_NAME = 253;
  private static final int MAX_LABEL = 63;
  private static final int MAX_ANNOTATIONS_BYTES = 256 * 1024;

  private MetadataRules() {}

  /** Without a regular expression: every endpoint of the cluster has several names. */
  static boolean isName(String s) {
    char before = '.';
    for (int i = 0; i <= s.length(); i++) {
      char c = i < s.length() ? s.charAt(i) : '.';
      boolean inner = c == '-' || c == '.';
      boolean known = inner || isDigit(c) || isLower(c);
      if (!known || (inner && before == '.') || (c == '.' && before == '-')) {
        return false;
      }
      before = c;
    }
    return s.length() <= MAX_NAME;
  }

  private static boolean isLower(char c) {
    return c >= 'a' && c <= 'z';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isAlphanumeric(char c) {
    return isLower(c) || isDigit(c) || (c >= 'A' && c <= 'Z');
  }

  static void check(Resource<?> resource, Problems problems) {
    Metadata metadata = resource.metadata();
    name(resource.kind(), metadata.name(), problems);
    boolean hasNamespace = metadata.namespace() != null;
    if (resource.kind().namespaced() != hasNamespace) {
      problems.error(
          "namespace",
          metadata.namespace(),
          resource.kind() + (hasNamespace ? " has no namespace" : " needs a namespace"));
    }
    labels(resource.kind(), metadata.labels(), problems.at("labels"));
    annotations(metadata.annotations(), problems);
  }

  private static void name(Kind<?> kind, String name, Problems problems) {
    if (name.isEmpty()) {
      problems.error("name", null, "the field is required");
      return;
    }
    if (kind.equals(Kinds.TIER)) {
      problems.require(
          name.length() <= MAX_LABEL && TIER_NAME.matcher(name).matches(),
          "name",
          name,
          "expected at most 63 of a-z, 0-9 and inner '-'");
    } else if (kind.equals(Kinds.NETWORK_POLICY) || kind.equals(Kinds.STAGED_NETWORK_POLICY)) {
      problems.require(
          name.length() <= MAX_NAME && POLICY_NAME.matcher(name).matches(),
          "name",
          name,
          "expected one or two parts, joined by a dot, of a-z, 0-9 and inner '-'");
    } else if (kind.equals(Kinds.GLOBAL_NETWORK_POLICY)
        || kind.equals(Kinds.STAGED_GLOBAL_NETWORK_POLICY)) {
      problems.require(
          name.length() <= MAX_NAME && GLOBAL_POLICY_NAME.matcher(name).matches(),
          "name",
          name,
          "expected one or two parts, joined by a dot, of a-z, 0-9 and inner '-'");
    } else {
      problems.require(isName(name), "name", name, NAME_EXPECTED);
    }
    if (kind.equals(Kinds.CLUSTER_INFORMATION)
        || kind.equals(Kinds.IPAM_CONFIGURATION)
        || kind.equals(Kinds.KUBE_CONTROLLERS_CONFIGURATION)) {
      problems.require(name.equals("default"), "name", name, "the only name here is default");
    }
  }

  /** Labels of anything. */
  static void labels(Map<String, String> labels, Problems problems) {
    labels.forEach(
        (key, value) -> {
          problems.require(
              isQualified(key),
              key,
              value,
              "a label's name is up to 63 letters, digits, '-', '_', '.', maybe after a DNS name"
                  + " and '/'");
          problems.require(
              value.isEmpty() || isLabelText(value),
              key,
              value,
              "a label's value is up to 63 letters, digits, and inner '-', '_', '.'");
        });
  }

  private static void labels(Kind<?> kind, Map<String, String> labels, Problems problems) {
    labels(labels, problems);
    labels.forEach(
        (key, value) -> {
          boolean set = kind.equals(Kinds.NETWORK_SET) || kind.equals(Kinds.GLOBAL_NETWORK_SET);
          problems.require(
              !(set && key.equals("projectcalico.org/namespace")),
              key,
              value,
              "this label is derived, it cannot be set on a network set");
        });
  }

  static void annotations(Map<String, String> annotations, Problems problems) {
    long bytes = 0;
    for (Map.Entry<String, String> e : annotations.entrySet()) {
      problems
          .at("annotations")
          .require(
              isQualified(e.getKey().toLowerCase(Locale.ROOT)),
              e.getKey(),
              e.getValue(),
              "an annotation's name is up to 63 letters, digits, '-', '_', '.', maybe after a DNS"
                  + " name and '/'");
      bytes += e.getKey().length() + e.getValue().length();
    }
    if (bytes > MAX_ANNOTATIONS_BYTES) {
      problems.error(
          "annotations",
          bytes + " bytes",
          "all annotations together have at most " + MAX_ANNOTATIONS_BYTES + " bytes");
    }
  }

  private static boolean isQualified(String key) {
    int slash = key.indexOf('/');
    return (slash < 0 || isName(key.substring(0, slash))) && isLabelText(key.substring(slash + 1));
  }

  /** 1 to 63 letters and digits, and inside also '-', '_' and '.'. */
  private static boolean isLabelText(String s) {
    int last = s.length() - 1;
    if (last < 0 || last >= MAX_LABEL) {
      return false;
    }
    for (int i = 0; i <= last; i++) {
      char c = s.charAt(i);
      boolean inner = i > 0 && i < last && (c == '-' || c == '_' || c == '.');
      if (!inner && !isAlphanumeric(c)) {
        return false;
      }
    }
    return true;
  }
}
