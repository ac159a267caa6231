package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.ipam.Allocation;
import calico.ipam.CheckResult;
import calico.ipam.IpamCheck;
import calico.model.Ip;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

final class IpamCheckCommand implements Verb {
  private static final int TOP_NODES = 20;

  private final Session session;

  boolean showAll;
  boolean showProblems;
  @Nullable String output;
  @Nullable String kubeconfig;
  DatastoreOptions connection = new DatastoreOptions();

  IpamCheckCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command check) {
    check
        .description(
            "Compare the allocated addresses with those in use. Changes nothing.",
            "Problems are no error: the exit status is 0. Addresses that come and go meanwhile may be"
                + " reported; lock the datastore, or release only what two reports agree on.")
        .flag("--show-all-ips", "Print every address.", () -> showAll = true)
        .flag(
            "--show-problem-ips", "Print the addresses with a problem.", () -> showProblems = true)
        .option(
            "-o, --output=FILE",
            "Write a report, from which 'calicoctl ipam release' can work.",
            v -> output = v)
        .option(
            "--kubeconfig=FILE",
            "For upstream's scripts: Kubernetes is not asked.",
            v -> kubeconfig = v)
        .include(connection)
        .examples("calicoctl ipam check", "calicoctl ipam check --show-problem-ips -o report.json");
  }

  @Override
  public Integer call() {
    session.out().println("Checking IPAM for inconsistencies...\n");
    try (Datastore datastore = connection.open(session)) {
      IpamReport.Cluster cluster = IpamReport.Cluster.read(datastore);
      CheckResult result;
      try (Progress progress = session.progress("reading kind", IpamCheck.READS)) {
        result = IpamCheck.run(datastore, Instant.now(), progress::step);
      }
      printFound(result, session.out());
      printAddressProblems(result, session.out());
      printStructureProblems(result, session.out());
      session.out().println("Check complete; found " + result.problems() + " problems.");
      if (output != null) {
        write(output, IpamReport.text(cluster, result));
      }
    }
    return 0;
  }

  private void printFound(CheckResult result, PrintStream out) {
    out.println("Found " + result.blocks().size() + " IPAM blocks.");
    result
        .blocks()
        .forEach(
            b ->
                out.println(
                    " IPAM block %s affinity=%s"
                        .formatted(b.cidr(), b.affinity() == null ? "<none>" : b.affinity())));
    List<Allocation> all = result.allocations().values().stream().flatMap(List::stream).toList();
    out.println("IPAM blocks record " + all.size() + " allocations.\n");
    result.pools().forEach(p -> out.println("  " + p));
    out.println("Found " + result.pools().size() + " active IP pools.\n");
    out.println("Found " + result.nodeAddresses() + " node tunnel IPs.");
    out.println("Found " + result.workloadAddresses() + " workload IPs.");
    out.println("Workloads and nodes are using " + result.users().size() + " IPs.\n");
    Map<String, Integer> byNode = new TreeMap<>();
    all.forEach(a -> byNode.merge(a.node(), 1, Integer::sum));
    List<Map.Entry<String, Integer>> top = new ArrayList<>(byNode.entrySet());
    top.sort(Map.Entry.<String, Integer>comparingByValue().reversed());
    out.println("Top (up to " + TOP_NODES + ") nodes by allocations:");
    top.stream()
        .limit(TOP_NODES)
        .forEach(e -> out.println("  " + e.getKey() + " has " + e.getValue() + " allocations"));
    out.println();
    if (showAll) {
      result.users().forEach((ip, users) -> out.println("  " + ip + " belongs to " + users));
      all.forEach(a -> out.println("  " + a.ip() + " allocated; attrs " + attributes(a)));
    }
  }

  private void printAddressProblems(CheckResult result, PrintStream out) {
    List<Allocation> leaked = result.leaked();
    problems(leaked.stream().map(a -> a.ip() + " leaked; attrs " + attributes(a)).toList());
    out.println(
        "Found %d IPs that are allocated in IPAM but not actually in use."
            .formatted(leaked.size()));
    List<Ip> alien = result.notAllocated(false);
    problems(
        alien.stream()
            .map(ip -> ip + " in use by " + users(result, ip) + " is not in any active IP pool.")
            .toList());
    out.println("Found %d in-use IPs that are not in active IP pools.".formatted(alien.size()));
    List<Ip> stray = result.notAllocated(true);
    problems(
        stray.stream()
            .map(
                ip ->
                    "%s in use by %s and in active IPAM pool but has no IPAM allocation."
                        .formatted(ip, users(result, ip)))
            .toList());
    out.println(
        "Found %d in-use IPs that are in active IP pools but have no corresponding IPAM allocation."
            .formatted(stray.size()));
    problems(
        result.shared().stream()
            .map(ip -> ip + " has multiple owners: " + users(result, ip))
            .toList());
    out.println("Found %d IPs with more than one owner.".formatted(result.shared().size()));
    problems(
        result.allocatedTwice().stream()
            .map(
                ip ->
                    ip
                        + " is allocated in blocks "
                        + result.allocations().getOrDefault(ip, List.of()).stream()
                            .map(Allocation::block)
                            .toList())
            .toList());
    out.println(
        "Found %d IPs that are allocated more than once.\n"
            .formatted(result.allocatedTwice().size()));
  }

  private void printStructureProblems(CheckResult result, PrintStream out) {
    var handles = result.handles();
    problems(
        handles.leaked().keySet().stream().map(h -> h + " doesn't have any active IPs.").toList());
    out.println(
        "Found %d handles with no matching IPs (and %d handles with matches)."
            .formatted(handles.leaked().size(), handles.good()));
    problems(
        handles.missing().stream()
            .map(h -> h + " is in use in a block but doesn't exist.")
            .toList());
    out.println(
        "Found %d handles mentioned in blocks with no matching handle resource."
            .formatted(handles.missing().size()));
    problems(handles.miscounted());
    out.println("Found %d handles that count wrong.".formatted(handles.miscounted().size()));
    result.blockLeaks().forEach(l -> out.println("  " + l.problem()));
    out.println(
        "Found %d blocks and affinities that lead nowhere.".formatted(result.blockLeaks().size()));
    result
        .invalidBlocks()
        .forEach((cidr, reason) -> out.println("  IPAMBlock " + cidr + " is invalid: " + reason));
    out.println("Found %d invalid IPAMBlocks.".formatted(result.invalidBlocks().size()));
  }

  private void problems(List<String> lines) {
    if (showProblems || showAll) {
      lines.forEach(l -> session.out().println("  " + l));
    }
  }

  private static String users(CheckResult result, Ip ip) {
    return String.join(", ", result.users().getOrDefault(ip, List.of()));
  }

  private static String attributes(Allocation a) {
    List<String> pairs = new ArrayList<>();
    new TreeMap<>(a.attributes()).forEach((k, v) -> pairs.add(k + "=" + v));
    return "Main:%s Extra:%s"
        .formatted(a.handle() == null ? "<none>" : a.handle(), String.join(",", pairs));
  }

  private static void write(String file, String text) {
    try {
      Files.writeString(Path.of(file), text);
    } catch (IOException e) {
      throw new CommandException("cannot write the report %s: %s".formatted(file, e));
    }
  }
}
