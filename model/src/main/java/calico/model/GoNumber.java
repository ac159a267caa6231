package calico.model;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** Numbers as Go's {@code %g} prints them, which upstream's tables and labels are made with. */
public final class GoNumber {
  /** Exponents from this on are written as such: 1e+06. */
  private static final int SCIENTIFIC_FROM = 6;

  private GoNumber() {}

  /** The shortest digits that identify the number; {@code <nil>} for null. */
  public static String shortest(@Nullable Double number) {
    return number == null
        ? "<nil>"
        : print(new BigDecimal(Double.toString(number)), SCIENTIFIC_FROM);
  }

  /**
   * As above, of the digits that identify it among numbers of 32 bits; {@code +Inf} beyond them.
   */
  public static String shortestOf32Bits(double number) {
    float f = (float) number;
    return Float.isFinite(f)
        ? print(new BigDecimal(Float.toString(f)), SCIENTIFIC_FROM)
        : f < 0 ? "-Inf" : "+Inf";
  }

  /** Rounded to a number of significant digits, which also is where exponents begin. */
  public static String significant(double number, int digits) {
    return print(
        new BigDecimal(number).round(new MathContext(digits, RoundingMode.HALF_EVEN)), digits);
  }

  private static String print(BigDecimal number, int scientificFrom) {
    BigDecimal n = number.stripTrailingZeros();
    int exponent = n.precision() - n.scale() - 1;
    if (n.signum() == 0 || (exponent >= -4 && exponent < scientificFrom)) {
      return n.toPlainString();
    }
    String digits = n.unscaledValue().abs().toString();
    return (n.signum() < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + (exponent < 0 ? "e-" : "e+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }
}
