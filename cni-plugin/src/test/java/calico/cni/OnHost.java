package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests that have a {@link Host} each. */
abstract class OnHost {
  @TempDir Path directory;
  Host host;

  @BeforeEach
  void makeHost() throws IOException {
    host = new Host(directory);
  }

  @AfterEach
  void removeHost() throws IOException {
    host.close();
  }

  static CniExchange.Answer ok(CniExchange.Answer answer) {
    assertEquals(0, answer.status(), answer::stdout);
    return answer;
  }
}
