package calico.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GoDurationTest {
  @Test
  void printsAsGoDoes() {
    String[][] cases = {
      {"90s", "1m30s"}, {"60s", "1m0s"}, {"1h", "1h0m0s"}, {"0", "0s"}, {"1500ms", "1.5s"},
      {"0.3s", "300ms"}, {"1.5h", "1h30m0s"}, {"10us", "10µs"}, {"7ns", "7ns"}, {"-90s", "-1m30s"}
    };
    for (String[] c : cases) {
      assertEquals(c[1], GoDuration.print(GoDuration.parse(c[0])), c[0]);
    }
  }

  @Test
  void readsBackWhatItPrints() {
    Random random = Seed.random(GoDurationTest.class);
    for (int i = 0; i < 5_000; i++) {
      Duration d = Duration.ofNanos(random.nextLong() >> random.nextInt(63));
      assertEquals(d, GoDuration.parse(GoDuration.print(d)));
    }
  }

  @Test
  void refusesOtherText() {
    for (String text : new String[] {"", "1", "s", "1x", "1m 30s", "1.2.3s", "--1s"}) {
      assertThrows(IllegalArgumentException.class, () -> GoDuration.parse(text), text);
    }
  }
}
