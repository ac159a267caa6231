package calico.sandbox;

import calico.netlink.Netns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The BIRD of a router of the fabric. */
record RouterProcess(String name, Path birdSocket, Supervised daemon) {

  /** Starts it. */
  static RouterProcess start(
      SandboxPaths paths,
      Fabric fabric,
      Fabric.Router router,
      Netns netns,
      Consumer<ProcessHandle> onStart)
      throws IOException {
    Path directory = paths.nodeRoot(router.name());
    Files.createDirectories(directory);
    Path config = directory.resolve("bird.conf");
    Files.writeString(config, RouterConfig.render(fabric, router));
    Path socket = directory.resolve("bird.ctl");
    List<String> command =
        List.of(
            Preflight.command("bird", "bird2").toString(),
            "-f",
            "-c",
            config.toString(),
            "-s",
            socket.toString(),
            "-P",
            directory.resolve("bird.pid").toString());
    Path log = directory.resolve("bird.log");
    return new RouterProcess(
        router.name(),
        socket,
        new Supervised(router.name(), netns, command, Map.of(), log, onStart));
  }
}
