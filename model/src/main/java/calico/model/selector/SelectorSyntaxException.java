package calico.model.selector;

/** Text that is not a selector. */
public final class SelectorSyntaxException extends IllegalArgumentException {
  private final int column;
  private final String expected;

  SelectorSyntaxException(String text, int column, String expected) {
    super("'" + text + "' is not a selector: expected " + expected + " at column " + column);
    this.column = column;
    this.expected = expected;
  }

  /** Where parsing stopped, in characters from 1. */
  public int column() {
    return column;
  }

  /** What could have stood there. */
  public String expected() {
    return expected;
  }
}
