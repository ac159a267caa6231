package calico.model.cel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import calico.model.json.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CelTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      textBlock =
          """
          has(self.a)                                       ; {'a':1}              ; true
          has(self.a)                                       ; {}                   ; false
          has(self.a.b)                                     ; {'a':{'b':''}}       ; true
          !has(self.a) || self.a > 3                        ; {'a':3}              ; false
          !has(self.a) || self.a >= 3 && self.a <= 4        ; {'a':3}              ; true
          self.a == 3.0                                     ; {'a':3}              ; true
          self.a != 'x'                                     ; {'a':'y'}            ; true
          self.a < 2 ? self.b : !self.b                     ; {'a':1,'b':true}     ; true
          self.a < 2 ? self.b : !self.b                     ; {'a':2,'b':true}     ; false
          (self.a == 1 || self.a == 2) && !(self.b == 'c')  ; {'a':2,'b':'d'}      ; true
          self.a.exists(u, u == 'x')                        ; {'a':['w','x']}      ; true
          self.a.exists(u, u == 'x' || u == 'y')            ; {'a':['w']}          ; false
          size(self.a) == 2 && size(self.b) == 3            ; {'a':['w','x'],'b':'abc'} ; true
          self.a.startsWith('no') && self.a.contains('de')  ; {'a':'node.x'}       ; true
          isIP(self.a) && ip(self.a).family() == 6          ; {'a':'fd00::1'}      ; true
          isIP(self.a)                                      ; {'a':'10.0.0.0/8'}   ; false
          cidr(self.a) == cidr(self.a).masked()             ; {'a':'10.0.0.1/8'}   ; false
          cidr(self.a) == cidr(self.a).masked()             ; {'a':'10.0.0.0/8'}   ; true
          cidr(self.a).prefixLength() == 8                  ; {'a':'10.0.0.0/8'}   ; true
          cidr(self.a).containsIP('10.1.2.3')               ; {'a':'10.0.0.0/8'}   ; true
          cidr('fe80::/10').containsIP(cidr(self.a).ip())   ; {'a':'10.0.0.0/8'}   ; false
          """)
  void rulesHoldOrNot(String rule, String self, boolean holds) {
    assertEquals(holds, Cel.parse(rule).holds(Json.parse(self.replace('\'', '"'))));
  }

  @Test
  void whatCannotBeEvaluatedIsToldApartFromFalse() {
    for (String rule :
        List.of("self.a", "self.a == 1", "size(self.b) > 0", "self.b < 'x'", "cidr('x') == 1")) {
      Cel cel = Cel.parse(rule);
      assertThrows(IllegalArgumentException.class, () -> cel.holds(Json.parse("{\"b\":1}")), rule);
    }
  }

  @Test
  void errorsNameTheColumn() {
    for (String bad : List.of("self.", "has(self)", "a == 'b", "(a", "a ? b", "a &", "f(a,", "")) {
      assertThrows(IllegalArgumentException.class, () -> Cel.parse(bad), bad);
    }
    String message =
        assertThrows(IllegalArgumentException.class, () -> Cel.parse("self.a == )")).getMessage();
    assertEquals("'self.a == )': expected a name at column 11", message);
  }
}
