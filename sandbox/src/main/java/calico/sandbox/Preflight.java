package calico.sandbox;

import calico.confd.BgpDaemons;
import calico.netlink.NetlinkException;
import calico.netlink.nftables.Nftables;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Checks that what a sandbox needs is there, before anything is made. */
final class Preflight {
  private Preflight() {}

  /** Something is missing; the message says what and how to get it. */
  static final class Missing extends RuntimeException {
    private static final long serialVersionUID = 1;

    Missing(String message) {
      super(message);
    }
  }

  static void check() {
    requireRoot();
    var _ = command("etcd", "etcd-server");
    var _ = command("bird", "bird2");
    if (BgpDaemons.isFrr(System.getenv())) {
      var _ = command("vtysh", "frr");
    }
    requireNftables();
  }

  private static void requireRoot() {
    if (!"root".equals(System.getProperty("user.name"))) {
      throw new Missing(
          "needs root: it makes network namespaces, routes and nftables rules; run: sudo ./calico sandbox");
    }
  }

  /** Where a program is. */
  static Path command(String command, String debianPackage) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
    return Arrays.stream(path.split(":"))
        .filter(d -> !d.isEmpty())
        .map(d -> Path.of(d, command))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new Missing(
                    command
                        + " not found; install it (Debian, Ubuntu: apt-get install "
                        + debianPackage
                        + ")"));
  }

  private static void requireNftables() {
    try (Nftables nftables = Nftables.open()) {
      var _ = nftables.generation();
    } catch (NetlinkException e) {
      throw new Missing(
          "this kernel has no nf_tables ("
              + e.getMessage()
              + "); load it (modprobe nf_tables) or use a kernel with CONFIG_NF_TABLES");
    }
  }
}
