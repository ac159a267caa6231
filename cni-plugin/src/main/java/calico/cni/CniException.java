package calico.cni;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A call that fails, with what the runtime is told. Codes up to 99 are the CNI specification's. */
public final class CniException extends RuntimeException {
  private static final long serialVersionUID = 1;

  static final int INCOMPATIBLE_VERSION = 1;
  static final int BAD_ENVIRONMENT = 4;
  static final int UNDECODABLE = 6;
  static final int BAD_CONFIG = 7;
  static final int TRY_AGAIN = 11;
  static final int NOT_AVAILABLE = 50;
  static final int TEST_FAILED = 100;
  static final int GENERIC = 999;

  private final int code;
  private final String text;
  private final String details;

  CniException(int code, String text, String details, @Nullable Throwable cause) {
    super(text + ": " + details, cause);
    this.code = code;
    this.text = text;
    this.details = details;
  }

  CniException(int code, String text, String details) {
    this(code, text, details, null);
  }

  static CniException badConfig(String field, @Nullable Object value, String reason) {
    return new CniException(
        BAD_CONFIG, "invalid network configuration", field + " = '" + value + "': " + reason);
  }

  static CniException generic(String text, Throwable cause) {
    return new CniException(GENERIC, text, String.valueOf(cause.getMessage()), cause);
  }

  int code() {
    return code;
  }

  String text() {
    return text;
  }

  String details() {
    return details;
  }

  /** As the runtime reads it. */
  Map<String, @Nullable Object> toTree(String cniVersion) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("cniVersion", cniVersion);
    tree.put("code", (long) code);
    tree.put("msg", text);
    tree.put("details", details);
    return tree;
  }
}
