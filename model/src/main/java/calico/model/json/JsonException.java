package calico.model.json;

/** Text that is not JSON. */
public final class JsonException extends RuntimeException {
  private final int line;
  private final int column;

  public JsonException(int line, int column, String reason) {
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
