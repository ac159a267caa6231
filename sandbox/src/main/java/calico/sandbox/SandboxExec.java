package calico.sandbox;

import calico.netlink.Netns;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/** Runs a command where a node or workload is. */
final class SandboxExec {
  private SandboxExec() {}

  /** Returns the command's exit status. */
  static int run(SandboxPaths paths, String where, List<String> command) throws Exception {
    SandboxState.Content state =
        SandboxState.read(paths.stateFile())
            .orElseThrow(
                () ->
                    new SandboxException(
                        "no sandbox named '"
                            + paths.name()
                            + "'; start one with: ./calico sandbox"));
    SandboxState.Member member =
        state.members().stream()
            .filter(m -> m.name().equals(where))
            .findFirst()
            .orElseThrow(
                () ->
                    new SandboxException(
                        "no node, router or workload '%s' in sandbox '%s'; there are: %s"
                            .formatted(
                                where,
                                paths.name(),
                                state.members().stream()
                                    .map(SandboxState.Member::name)
                                    .collect(Collectors.joining(", ")))));
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    if (member.datastore() != null) {
      builder
          .environment()
          .putAll(
              NodeProcess.environment(
                  member.name(), paths.nodeRoot(member.name()), member.datastore()));
    }
    try (Netns netns = Netns.named(member.netns())) {
      Process process = netns.call(builder::start);
      return process.waitFor();
    } catch (IOException e) {
      throw new SandboxException("cannot run " + command.getFirst() + ": " + e.getMessage(), e);
    }
  }
}
