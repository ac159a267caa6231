package calico.model.json;

/** Text that is not YAML, or uses a part of YAML that has no JSON equivalent. */
public final class YamlException extends RuntimeException {
  private final int line;
  private final int column;

  public YamlException(int line, int column, String reason) {
    super("line " + line + ", column " + column + ": " + reason);
    this.line = line;
    this.column = column;
  }

  /** Line of the error, from 1. */
  public int line() {
    return line;
  }

  /** Column of the error in characters, from 1. */
  public int column() {
    return column;
  }
}
