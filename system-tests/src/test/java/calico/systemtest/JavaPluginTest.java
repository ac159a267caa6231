package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.netlink.Netns;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The CNI executables that are used where those in C do not run: in Java. */
class JavaPluginTest {
  private static final String CONTAINER = "calico-java-c-" + ProcessHandle.current().pid();
  private static final Path NETNS = Netns.DIRECTORY.resolve(CONTAINER);

  @TempDir Path root;
  private CniMachine machine;

  @BeforeEach
  void makeMachine() {
    machine = new CniMachine("calico-java-" + ProcessHandle.current().pid(), root);
    Netns.create(CONTAINER).close();
  }

  @AfterEach
  void removeMachine() throws Exception {
    Netns.delete(CONTAINER);
    machine.close();
  }

  private CniMachine.Answer call(String program, String command) throws Exception {
    return machine.call(
        List.of(Distribution.HOME.resolve("cni/java").resolve(program).toString()),
        command,
        "java",
        NETNS,
        CniMachine.CONF);
  }

  private String ok(String program, String command) throws Exception {
    CniMachine.Answer answer = call(program, command);
    assertEquals(0, answer.status(), answer::output);
    return answer.output();
  }

  @Test
  void isServedAsTheOneInC() throws Exception {
    assertTrue(ok("calico", "VERSION").contains("\"1.1.0\""));
    CniMachine.Answer alone = call("calico", "ADD");
    assertEquals(1, alone.status());
    assertTrue(alone.output().contains("\"code\":11"), alone::output);
    machine.start();
    String added = ok("calico", "ADD");
    assertTrue(added.contains("\"address\":\"192.168."), added);
    assertEquals(added, machine.cni("ADD", "java", NETNS).output());
    assertEquals("", ok("calico", "CHECK"));
    assertEquals("", ok("calico", "DEL"));
    assertTrue(ok("calico-ipam", "ADD").contains("\"address\":\"192.168."));
    assertEquals("", ok("calico-ipam", "DEL"));
    assertEquals(Map.of(), machine.leftovers());
  }
}
