package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

final class CheckSystemCommand implements Verb {
  private static final int MIN_MAJOR = 5;
  private static final int MIN_MINOR = 10;
  private static final Pattern VERSION = Pattern.compile("([0-9]+)\\.([0-9]+).*", Pattern.DOTALL);

  /**
   * A part of the kernel.
   *
   * @param option of the kernel's configuration
   * @param required or else only some features need it
   */
  private record Need(String module, String option, boolean required, String purpose) {}

  private static final List<Need> NEEDS =
      List.of(
          new Need("nf_tables", "CONFIG_NF_TABLES", true, "policy"),
          new Need("nf_conntrack", "CONFIG_NF_CONNTRACK", true, "policy for connections"),
          new Need("nft_ct", "CONFIG_NFT_CT", true, "policy for connections"),
          new Need("nft_log", "CONFIG_NFT_LOG", false, "rules that log"),
          new Need("nft_reject_inet", "CONFIG_NFT_REJECT_INET", false, "rules that reject"),
          new Need("nft_masq", "CONFIG_NFT_MASQ", true, "natOutgoing"),
          new Need("nft_fib_inet", "CONFIG_NFT_FIB_INET", true, "reverse path checks"),
          new Need("veth", "CONFIG_VETH", true, "interfaces of workloads"),
          new Need("vxlan", "CONFIG_VXLAN", false, "VXLAN between nodes"),
          new Need("ipip", "CONFIG_NET_IPIP", false, "IPIP between nodes"),
          new Need("wireguard", "CONFIG_WIREGUARD", false, "encryption between nodes"));

  private final Session session;

  @Nullable Path kernelConfig;

  CheckSystemCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command checksystem) {
    checksystem
        .description(
            "Check that this machine's kernel has what the node daemon needs.",
            "The exit status is 1 if something required is missing.")
        .option(
            "-f, --kernel-config=FILE",
            "The kernel's configuration. Default: /boot/config-RELEASE",
            v -> kernelConfig = Path.of(v))
        .examples(
            "calicoctl node checksystem", "calicoctl node checksystem -f /boot/config-6.12.0");
  }

  @Override
  public Integer call() throws IOException {
    String release = read(Path.of("/proc/sys/kernel/osrelease")).strip();
    return check(release) ? 0 : 1;
  }

  private boolean check(String release) throws IOException {
    PrintStream out = session.out();
    out.println("Checking kernel version...");
    boolean fine =
        line(release, recent(release), true, "from %d.%d on".formatted(MIN_MAJOR, MIN_MINOR));
    out.println("Checking kernel modules...");
    Set<String> present = modules(release);
    Path config = kernelConfig == null ? Path.of("/boot/config-" + release) : kernelConfig;
    if (kernelConfig != null && !Files.isReadable(config)) {
      throw new CommandException("cannot read the kernel's configuration " + config);
    }
    String options = read(config);
    for (Need need : NEEDS) {
      boolean found =
          present.contains(need.module())
              || options.contains("\n" + need.option() + "=y")
              || options.contains("\n" + need.option() + "=m");
      fine &= line(need.module(), found, need.required(), need.purpose());
    }
    out.println("Checking settings...");
    for (String forwarding : List.of("ipv4/ip_forward", "ipv6/conf/all/forwarding")) {
      Path path = Path.of("/proc/sys/net").resolve(forwarding);
      line("net/" + forwarding, read(path).strip().equals("1"), false, "the node daemon sets it");
    }
    out.println("Checking programs...");
    line("bird", onPath("bird"), false, "BGP");
    out.println(
        fine
            ? "System meets minimum system requirements to run Calico!"
            : "System doesn't meet one or more minimum systems requirements to run Calico!");
    return fine;
  }

  /** Returns whether the machine will do as far as this goes. */
  private boolean line(String what, boolean found, boolean required, String purpose) {
    session
        .out()
        .println(
            "  %-26s %s"
                .formatted(
                    what,
                    found
                        ? "OK"
                        : (required ? "FAIL" : "missing, but not required")
                            + " ("
                            + purpose
                            + ")"));
    return found || !required;
  }

  static boolean recent(String release) {
    Matcher m = VERSION.matcher(release);
    if (!m.matches()) {
      return false;
    }
    int major = Integer.parseInt(m.group(1));
    return major > MIN_MAJOR || (major == MIN_MAJOR && Integer.parseInt(m.group(2)) >= MIN_MINOR);
  }

  /** Loaded, built into the kernel, or there to be loaded. */
  private static Set<String> modules(String release) throws IOException {
    Set<String> out = new HashSet<>();
    Path directory = Path.of("/lib/modules").resolve(release);
    List<String> lines = new ArrayList<>();
    read(Path.of("/proc/modules")).lines().map(l -> l.split(" ", 2)[0]).forEach(lines::add);
    for (String file : List.of("modules.builtin", "modules.dep")) {
      read(directory.resolve(file)).lines().map(l -> l.split(":", 2)[0]).forEach(lines::add);
    }
    for (String line : lines) {
      String name = line.substring(line.lastIndexOf('/') + 1);
      int dot = name.indexOf('.');
      out.add((dot < 0 ? name : name.substring(0, dot)).replace('-', '_'));
    }
    return out;
  }

  private boolean onPath(String program) {
    for (String directory :
        (session.env().getOrDefault("PATH", "") + ":/usr/sbin:/sbin").split(":")) {
      if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, program))) {
        return true;
      }
    }
    return false;
  }

  /** Empty if there is no such file. */
  private static String read(Path path) throws IOException {
    return Files.isReadable(path) ? Files.readString(path) : "";
  }
}
