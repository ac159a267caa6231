package calico.felix.calc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.model.selector.Selector;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestrictionTest {

  /** Labels cost their length, with a value one less. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      nullValues = "any",
      textBlock =
          """
          all()                                  ; any
          global()                               ; any
          a != "b"                               ; any
          a not in {"b"}                         ; any
          !has(a)                                ; any
          has(a)                                 ; a
          a contains "b"                         ; a
          a starts with "b"                      ; a
          a ends with "b"                        ; a
          a == "b"                               ; a=b
          a in {"b", "c"}                        ; a=b,a=c
          a in {}                                ; ~~
          aaa == "x" && b == "y"                 ; b=y
          aaa == "x" && has(b)                   ; b
          has(a) && a == "x"                     ; a=x
          a != "x" && has(aaa)                   ; aaa
          a != "x" && !has(b)                    ; any
          a == "x" || b == "y"                   ; a=x,b=y
          a == "x" || a == "x"                   ; a=x
          a == "x" || b != "y"                   ; any
          (a == "x" || b == "y") && ccccc == "z" ; a=x,b=y
          (aaa == "x" && b == "y") || has(c)     ; b=y,c
          """)
  void isTheCheapestThatTheSelectorImplies(String selector, @Nullable String expected) {
    List<Restriction> restrictions =
        Restriction.cheapest(
            Selector.parse(selector), r -> 2L * r.label().length() - (r.value() == null ? 0 : 1));
    assertEquals(
        expected,
        restrictions == null
            ? null
            : String.join(
                ",",
                restrictions.stream()
                    .map(r -> r.value() == null ? r.label() : r.label() + "=" + r.value())
                    .toList()));
  }
}
