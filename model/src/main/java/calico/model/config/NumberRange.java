package calico.model.config;

/** Integers from min to max, both inclusive. */
public record NumberRange(int min, int max) {
  public NumberRange {
    if (max < min) {
      throw new IllegalArgumentException("the range " + min + " to " + max + " is empty");
    }
  }
}
