package calico.datastore;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Objects;

/** Asserts what an error tells its reader. */
public final class Mentions {
  private Mentions() {}

  public static void assertMentions(Throwable thrown, String... parts) {
    String message = Objects.requireNonNull(thrown.getMessage());
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "no '" + part + "' in: " + message);
    }
  }
}
