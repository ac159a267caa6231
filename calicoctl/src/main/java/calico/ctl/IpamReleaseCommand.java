package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Revision;
import calico.ipam.BlockLeak;
import calico.ipam.Ipam;
import calico.ipam.IpamException;
import calico.ipam.ReleaseRequest;
import calico.model.Ip;
import calico.model.key.IpamKey;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

final class IpamReleaseCommand implements Verb {
  /** Few enough to see it go on, many enough of each block to write it once. */
  private static final int RELEASED_AT_ONCE = 256;

  private final Session session;

  @Nullable String ip;
  List<String> reports = new ArrayList<>();
  boolean force;
  DatastoreOptions connection = new DatastoreOptions();

  IpamReleaseCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command release) {
    release
        .description(
            "Release an address, or what reports of 'calicoctl ipam check' say is leaked.",
            "Of several reports only what all agree on is released; one must be younger than the last"
                + " change of the cluster's information, which locking the datastore is.")
        .option("--ip=ADDRESS", "Release this address.", v -> ip = v)
        .option(
            "--from-report=FILE...",
            "Release what is leaked; may be given more than once.",
            reports::add)
        .flag(
            "--force",
            "Though the datastore is not locked, or the report is another version's.",
            () -> force = true)
        .include(connection)
        .examples(
            "calicoctl ipam release --ip=10.128.0.5",
            "calicoctl datastore migrate lock && calicoctl ipam check -o report.json",
            "calicoctl ipam release --from-report=report.json");
  }

  @Override
  public Integer call() {
    if ((ip == null) == reports.isEmpty()) {
      throw new CommandException("give either --ip or --from-report");
    }
    Ip address = ip == null ? null : Ip.tryParse(ip);
    if (ip != null && address == null) {
      throw new CommandException("--ip = '%s': not an IP address".formatted(ip));
    }
    List<IpamReport> read = reports.stream().map(IpamReport::read).toList();
    try (Datastore datastore = connection.open(session)) {
      Ipam ipam = new Ipam(datastore, Clock.systemUTC(), new Random());
      if (address == null) {
        return release(datastore, ipam, merged(IpamReport.Cluster.read(datastore), read));
      }
      if (!ipam.release(List.of(ReleaseRequest.of(address))).isEmpty()) {
        throw new CommandException("IP address %s is not assigned".formatted(address));
      }
      session.out().println("Successfully released IP address " + address);
      return 0;
    }
  }

  /** What all reports agree on, if they are about this cluster as it is now. */
  private IpamReport merged(IpamReport.Cluster now, List<IpamReport> all) {
    for (int i = 0; i < all.size(); i++) {
      if (!all.get(i).cluster().guid().equals(now.guid())) {
        throw new CommandException(
            "cluster does not match the provided report (%s): mismatched cluster GUID. Refusing to release"
                .formatted(reports.get(i)));
      }
      if (!all.get(i).version().equals(VersionCommand.clientVersion())) {
        unlessForced(
            "the provided report (%s) was produced using a different version (%s) of calicoctl"
                .formatted(reports.get(i), all.get(i).version()));
      }
    }
    if (all.stream().noneMatch(r -> r.cluster().revision().equals(now.revision()))) {
      throw new CommandException(
          "the provided reports are all stale - at least one should be up-to-date. Please generate a"
              + " new report while the data store is locked and try again");
    }
    if (!now.locked()) {
      unlessForced("the data store is not locked ('calicoctl datastore migrate lock')");
    }
    return all.stream().reduce(IpamReport::and).orElseThrow();
  }

  private void unlessForced(String reason) {
    if (!force) {
      throw new CommandException(
          reason + ". Refusing to release; re-run with --force to do it nevertheless");
    }
    session.err().println("Warning: " + reason + ". Ignoring due to --force option");
  }

  private int release(Datastore datastore, Ipam ipam, IpamReport report) {
    boolean failed = false;
    if (report.leaked().isEmpty()) {
      session.out().println("Report didn't contain any leaked IPs to clean up.");
    } else {
      session.out().println("Releasing " + report.leaked().size() + " old IPs...");
      try {
        int gone = release(ipam, List.copyOf(report.leaked().values()));
        session.out().println("Released " + (report.leaked().size() - gone) + " IPs successfully");
        if (gone != 0) {
          session
              .out()
              .println(
                  gone + " addresses marked as leaked in the report had already been cleaned up.");
        }
      } catch (IpamException e) {
        failed = true;
        session
            .err()
            .println(
                "Error: some IPs were not released: %s. The report may be out of date: make a new one and try again"
                    .formatted(e.getMessage()));
      }
    }
    if (!report.blockLeaks().isEmpty()) {
      free(ipam, List.copyOf(report.blockLeaks().values()));
    }
    if (report.leakedHandles().isEmpty()) {
      session.out().println("Report didn't contain any handles to clean up.");
    } else {
      deleteHandles(datastore, report.leakedHandles());
    }
    session.out().println("You may now unlock the data store.");
    return failed ? 1 : 0;
  }

  /** Returns how many were not assigned. One that cannot be released does not stop the others. */
  private int release(Ipam ipam, List<ReleaseRequest> leaked) {
    int gone = 0;
    IpamException failure = null;
    List<ReleaseRequest> stale = new ArrayList<>();
    try (Progress progress = session.progress("releasing addresses", leaked.size())) {
      for (int from = 0; from < leaked.size(); from += RELEASED_AT_ONCE) {
        List<ReleaseRequest> some =
            leaked.subList(from, Math.min(leaked.size(), from + RELEASED_AT_ONCE));
        try {
          gone += ipam.release(some).size();
        } catch (IpamException.BadSequenceNumber e) {
          stale.addAll(some);
        } catch (IpamException e) {
          failure = e;
        }
        some.forEach(_ -> progress.step());
      }
    }
    for (ReleaseRequest one : stale) {
      try {
        gone += ipam.release(List.of(one)).size();
      } catch (IpamException.BadSequenceNumber e) {
        if (e.isAllocated()) {
          failure = e;
        } else {
          gone++; // released since the report was made
        }
      } catch (IpamException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
    return gone;
  }

  /** After the addresses: of a block that they leave empty the claim goes too. */
  private void free(Ipam ipam, List<BlockLeak> leaks) {
    Map<BlockLeak.Outcome, Integer> counts = new EnumMap<>(BlockLeak.Outcome.class);
    try (Progress progress = session.progress("releasing blocks", leaks.size())) {
      for (BlockLeak leak : leaks) {
        counts.merge(ipam.free(leak), 1, Integer::sum);
        progress.step();
      }
    }
    session
        .out()
        .println(
            "Released %d blocks and affinities, completed %d; %d are in use, %d skipped because they have changed."
                .formatted(
                    counts.getOrDefault(BlockLeak.Outcome.FREED, 0),
                    counts.getOrDefault(BlockLeak.Outcome.FINISHED, 0),
                    counts.getOrDefault(BlockLeak.Outcome.IN_USE, 0),
                    counts.getOrDefault(BlockLeak.Outcome.CHANGED, 0)));
  }

  private void deleteHandles(Datastore datastore, Map<String, Revision> handles) {
    int deleted = 0;
    try (Progress progress = session.progress("releasing handles", handles.size())) {
      for (Map.Entry<String, Revision> e : handles.entrySet()) {
        try {
          datastore.delete(new IpamKey.Handle(e.getKey()), e.getValue());
          deleted++;
        } catch (DatastoreException.Conflict | DatastoreException.DoesNotExist _) {
          // Somebody uses it again, or has deleted it.
        }
        progress.step();
      }
    }
    session
        .out()
        .println(
            "Released %d handles; %d skipped because they have changed."
                .formatted(deleted, handles.size() - deleted));
  }
}
