package calico.datastore.etcd;

import calico.datastore.DatastoreException;
import calico.datastore.etcd.GatewayClient.NotSpoken;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the files of a managed etcd small: drops old revisions, gives back the space that they had
 * taken, and lifts the alarm with which etcd refuses writes once its quota is used up, as soon as
 * that has helped.
 *
 * <p>etcd drops old revisions by itself too, but every five minutes only, and never shrinks.
 */
final class EtcdUpkeep {
  private static final Logger log = LoggerFactory.getLogger(EtcdUpkeep.class);

  /** etcd allocates its write-ahead log in pieces of this size, one ahead. */
  private static final long LOG_PIECE_BYTES = 64L << 20;

  private static final long OUTPUT_BYTES = 16L << 20;
  private static final String NO_SPACE = "NOSPACE";

  private final GatewayClient etcd;
  private final Path dataDir;
  private final Path output;
  private final EtcdLimits limits;
  private long compacted;
  private boolean low;

  /**
   * @param output file that etcd appends its messages to
   */
  EtcdUpkeep(EtcdConfig config, Path dataDir, Path output, EtcdLimits limits) {
    this.etcd = new GatewayClient(config);
    this.dataDir = dataDir;
    this.output = output;
    this.limits = limits;
  }

  /**
   * What etcd says of itself.
   *
   * @param fileBytes size of its file
   * @param usedBytes part of that in which something is stored
   * @param alarm whether it refuses writes because its quota is used up
   */
  private record Status(
      String memberId, long revision, long fileBytes, long usedBytes, boolean alarm) {
    long wastedBytes() {
      return fileBytes - usedBytes;
    }
  }

  /** Looks once. What fails is logged: the next look may be luckier. */
  void run() {
    try {
      boundOutput();
      reportLowSpace();
      Status status = status();
      if (status.alarm) {
        log.warn(
            "etcd in {} refuses writes: its quota of {} is used up; dropping all history",
            dataDir,
            mebibytes(limits.quotaBytes()));
      }
      long until = status.alarm ? status.revision : status.revision - limits.keptRevisions();
      if (until > compacted) {
        compact(until);
        status = status();
      }
      if (status.alarm
          || (status.wastedBytes() > limits.wastedBytes()
              && status.wastedBytes() > status.usedBytes)) {
        etcd.call("defragment", "maintenance/defragment", Map.of());
        Status after = status();
        log.info(
            "defragmented etcd dir={} before={} after={}",
            dataDir,
            mebibytes(status.fileBytes),
            mebibytes(after.fileBytes));
        status = after;
      }
      if (status.alarm) {
        disarm(status);
      }
    } catch (IOException | NotSpoken | DatastoreException e) {
      log.warn("upkeep of etcd failed, will try again dir={} reason={}", dataDir, e.getMessage());
    }
  }

  private Status status() throws NotSpoken {
    Map<?, ?> answer = etcd.call("status", "maintenance/status", Map.of());
    Map<?, ?> header = answer.get("header") instanceof Map<?, ?> map ? map : Map.of();
    boolean alarm =
        answer.get("errors") instanceof List<?> errors
            && errors.stream().anyMatch(error -> error.toString().contains(NO_SPACE));
    return new Status(
        String.valueOf(header.get("member_id")),
        GatewayClient.number(header.get("revision")),
        GatewayClient.number(answer.get("dbSize")),
        GatewayClient.number(answer.get("dbSizeInUse")),
        alarm);
  }

  private void compact(long revision) throws NotSpoken {
    try {
      // Physical: answered when the space has become free.
      etcd.call(
          "compact",
          "kv/compaction",
          Map.of("revision", Long.toString(revision), "physical", true));
    } catch (DatastoreException.Compacted e) {
      log.debug("compacted already revision={}", revision);
    }
    compacted = revision;
  }

  private void disarm(Status status) throws NotSpoken {
    if (status.fileBytes >= limits.quotaBytes()) {
      log.error(
          "etcd in {} stays read-only: it holds {} and may hold {}; delete what is not needed with"
              + " calicoctl, or use an etcd cluster with a larger quota",
          dataDir,
          mebibytes(status.usedBytes),
          mebibytes(limits.quotaBytes()));
      return;
    }
    etcd.call(
        "disarm the alarm",
        "maintenance/alarm",
        Map.of("action", "DEACTIVATE", "memberID", status.memberId, "alarm", NO_SPACE));
    log.info("etcd accepts writes again dir={}", dataDir);
  }

  /** Warns once, each time that space gets low. */
  private void reportLowSpace() throws IOException {
    FileStore store = Files.getFileStore(dataDir);
    boolean nowLow = store.getUsableSpace() < 2 * LOG_PIECE_BYTES;
    if (nowLow && !low) {
      log.warn("{}; etcd ends when nothing is free", fullness(store));
    }
    low = nowLow;
  }

  private String fullness(FileStore store) throws IOException {
    return "the file system of %s has %s of %s free"
        .formatted(dataDir, mebibytes(store.getUsableSpace()), mebibytes(store.getTotalSpace()));
  }

  /** Why etcd cannot run if that is for want of space, with what to do; else empty. */
  String spaceProblem() {
    try {
      FileStore store = Files.getFileStore(dataDir);
      return store.getUsableSpace() >= LOG_PIECE_BYTES
          ? ""
          : fullness(store)
              + ": etcd needs up to "
              + mebibytes(2 * LOG_PIECE_BYTES)
              + " for its log besides its data; free space there, and it starts by itself; ";
    } catch (NoSuchFileException _) {
      return "";
    } catch (IOException e) {
      return "the space of " + dataDir + " cannot be found out: " + e.getMessage() + "; ";
    }
  }

  /** What etcd has printed is kept up to a size; etcd appends, so it may be cut under its feet. */
  private void boundOutput() throws IOException {
    if (Files.exists(output) && Files.size(output) > OUTPUT_BYTES) {
      Files.copy(
          output,
          output.resolveSibling(output.getFileName() + ".1"),
          StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel channel = FileChannel.open(output, StandardOpenOption.WRITE)) {
        channel.truncate(0);
      }
    }
  }

  private static String mebibytes(long bytes) {
    return (bytes >> 20) + " MiB";
  }
}
