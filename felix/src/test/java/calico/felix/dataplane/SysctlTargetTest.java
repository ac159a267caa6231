package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SysctlTargetTest {
  @TempDir Path directory;
  private final SysctlTarget target = new SysctlTarget();

  private Path setting(String name, String value) throws IOException {
    return Files.writeString(directory.resolve(name), value + "\n");
  }

  @Test
  void whatOthersChangeOfWhatWasWrittenIsSeen() throws IOException {
    Path one = setting("one", "0");
    Path two = setting("two", "1");
    var _ = setting("other", "1");
    assertEquals(Map.of(), target.list());
    assertEquals(Map.of(), target.apply(Map.of(one, "1", two, "1"), Set.of()));
    assertEquals(Map.of(one, "1", two, "1"), target.list());
    setting("one", "0");
    Files.delete(two);
    assertEquals(Map.of(one, "0"), target.list());
    target.apply(Map.of(), Set.of(one));
    assertEquals(Map.of(), target.list());
    assertEquals("0", Files.readString(one).strip(), "left as it is");
  }

  @Test
  void whatIsNotThereFailsAlone() throws IOException {
    Path one = setting("one", "0");
    Path none = directory.resolve("none");
    assertEquals(Set.of(none), target.apply(Map.of(one, "1", none, "1"), Set.of()).keySet());
    assertEquals(Map.of(one, "1"), target.list());
  }
}
