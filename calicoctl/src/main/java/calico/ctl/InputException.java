package calico.ctl;

import java.util.List;

/** Input that cannot be used, with everything that is wrong with it. */
final class InputException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient List<String> problems;

  /**
   * @param problems each with file, line, object, field, value and reason, as far as they are known
   */
  InputException(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
  }

  List<String> problems() {
    return problems;
  }
}
