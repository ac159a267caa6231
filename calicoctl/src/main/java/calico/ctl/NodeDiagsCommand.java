package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

final class NodeDiagsCommand implements Verb {
  private static final int COMMAND_SECONDS = 20;

  private final Session session;

  Path logs = Path.of("/var/log/calico");

  NodeDiagsCommand(Session session) {
    this.session = session;
  }

  /** Commands by the name of the file that keeps what they print. */
  private static Map<String, List<String>> commands() {
    Map<String, List<String>> out = new LinkedHashMap<>();
    out.put("date", List.of("date"));
    out.put("hostname", List.of("hostname"));
    out.put("kernel", List.of("uname", "-a"));
    for (String family : List.of("4", "6")) {
      out.put(
          "ipv" + family + "_route", List.of("ip", "-" + family, "route", "show", "table", "all"));
      out.put("ipv" + family + "_rule", List.of("ip", "-" + family, "rule"));
      out.put("ipv" + family + "_addr", List.of("ip", "-" + family, "addr"));
      out.put("ipv" + family + "_neigh", List.of("ip", "-" + family, "neigh"));
    }
    out.put("links", List.of("ip", "-d", "link"));
    out.put("nft_ruleset", List.of("nft", "-n", "-a", "list", "ruleset"));
    out.put("ss", List.of("ss", "-a", "-n"));
    out.put(
        "bird_protocols",
        List.of("birdc", "-s", "/run/calico/bird.ctl", "show", "protocols", "all"));
    out.put("bird_routes", List.of("birdc", "-s", "/run/calico/bird.ctl", "show", "route", "all"));
    out.put(
        "journal", List.of("journalctl", "-u", "calico-node.service", "--no-pager", "-n", "10000"));
    return out;
  }

  @Override
  public void declare(Command diags) {
    diags
        .description(
            "Collect what helps to find a fault on this node into a .tar.gz file. Needs root.",
            "It has routes, addresses, neighbours, nftables, connections and the node daemon's logs; look"
                + " through it before you give it away.")
        .option(
            "--log-dir=DIRECTORY",
            "Where the logs are. Default: ${DEFAULT-VALUE}",
            v -> logs = Path.of(v))
        .examples("calicoctl node diags", "calicoctl node diags --log-dir=/var/log/calico");
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    session.out().println("Collecting diagnostics");
    Path directory = Files.createTempDirectory("calico");
    Path diagnostics = Files.createDirectory(directory.resolve("diagnostics"));
    for (Map.Entry<String, List<String>> e : commands().entrySet()) {
      String failure = run(e.getValue(), diagnostics.resolve(e.getKey()).toFile());
      session
          .out()
          .println(
              "  %s: %s"
                  .formatted(e.getKey(), failure == null ? "collected" : "skipped, " + failure));
    }
    copyLogs(diagnostics.resolve("logs"));
    String name =
        "diags-%s.tar.gz"
            .formatted(
                DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss")
                    .format(LocalDateTime.now(ZoneId.systemDefault())));
    Path archive = directory.resolve(name);
    String failure =
        run(
            List.of("tar", "-czf", archive.toString(), "-C", directory.toString(), "diagnostics"),
            directory.resolve("tar.log").toFile());
    if (failure != null) {
      throw new CommandException(
          "cannot compress the diagnostics in %s: %s".formatted(diagnostics, failure));
    }
    session.out().println("\nDiags saved to " + archive);
    return 0;
  }

  /** Returns why it did not work, or null. */
  private static @Nullable String run(List<String> command, File output)
      throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output).start();
      process.getOutputStream().close();
      if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        return "no end after " + COMMAND_SECONDS + " s";
      }
      return process.exitValue() == 0 ? null : "exit status " + process.exitValue();
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private void copyLogs(Path to) throws IOException {
    if (!Files.isDirectory(logs)) {
      session.out().println("  logs: skipped, %s is no directory".formatted(logs));
      return;
    }
    try (Stream<Path> files = Files.walk(logs)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = to.resolve(logs.relativize(file).toString());
        Files.createDirectories(copy.resolveSibling(""));
        Files.copy(file, copy);
      }
    }
    session.out().println("  logs: collected");
  }
}
