package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.ipam.Ipam;
import calico.model.ipam.IpamConfig;
import calico.model.resource.Unknown;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

final class IpamConfigureCommand implements Verb {
  /** Where the setting is stored that this version keeps without using it. */
  static final String PERSISTENCE = "kubeVirtVMAddressPersistence";

  private final Session session;

  @Nullable String strictAffinity;
  @Nullable Integer maxBlocks;
  @Nullable String persistence;
  @Nullable Integer cooldownSeconds;
  DatastoreOptions connection = new DatastoreOptions();

  IpamConfigureCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command configure) {
    configure
        .description("Change settings of address allocation for the whole cluster.")
        .option(
            "--strictaffinity=true|false",
            "Whether nodes may use addresses of their own blocks only.",
            v -> strictAffinity = v)
        .option(
            "--max-blocks-per-host=N",
            "How many blocks a node may have; 0: the default. Needs strict affinity.",
            v -> maxBlocks = Command.number(v))
        .option(
            "--kubevirt-ip-persistence=Enabled|Disabled",
            "Stored for upstream's components; this version has no use for it.",
            v -> persistence = v)
        .option(
            "--ip-cooldown-seconds=SECONDS",
            "How long a released address is kept back; 0: not at all.",
            v -> cooldownSeconds = Command.number(v))
        .include(connection)
        .examples(
            "calicoctl ipam configure --strictaffinity=true",
            "calicoctl ipam configure --strictaffinity=true --max-blocks-per-host=4",
            "calicoctl ipam configure --ip-cooldown-seconds=60");
  }

  @Override
  public Integer call() {
    Map<String, Object> set = new LinkedHashMap<>();
    if (strictAffinity != null) {
      set.put("StrictAffinity", strict(strictAffinity));
    }
    if (maxBlocks != null) {
      set.put("MaxBlocksPerHost", notNegative("--max-blocks-per-host", maxBlocks));
    }
    if (persistence != null) {
      if (!persistence.equals("Enabled") && !persistence.equals("Disabled")) {
        throw new CommandException(
            "invalid value for --kubevirt-ip-persistence. Use Enabled or Disabled");
      }
      set.put("KubeVirtVMAddressPersistence", persistence);
    }
    if (cooldownSeconds != null) {
      set.put("IPCooldownSeconds", notNegative("--ip-cooldown-seconds", cooldownSeconds));
    }
    if (set.isEmpty()) {
      throw new CommandException("at least one configuration option must be specified");
    }
    try (Datastore datastore = connection.open(session)) {
      new Ipam(datastore, Clock.systemUTC(), new Random()).configure(this::changed);
    }
    set.forEach((k, v) -> session.out().println("Successfully set " + k + " to: " + v));
    return 0;
  }

  private IpamConfig changed(IpamConfig old) {
    Map<String, @Nullable Object> unknown = new LinkedHashMap<>(old.unknown().fields());
    if (persistence != null) {
      unknown.put(PERSISTENCE, persistence);
    }
    return new IpamConfig(
        strictAffinity == null ? old.strictAffinity() : strict(strictAffinity),
        old.autoAllocateBlocks(),
        maxBlocks == null ? old.maxBlocksPerHost() : maxBlocks,
        cooldownSeconds == null ? old.ipCooldownSeconds() : cooldownSeconds,
        new Unknown(unknown));
  }

  private static boolean strict(String value) {
    return switch (value) {
      case "true", "True", "TRUE", "t", "T", "1" -> true;
      case "false", "False", "FALSE", "f", "F", "0" -> false;
      default ->
          throw new CommandException(
              "--strictaffinity = '%s': invalid value. Use true or false to set strictaffinity"
                  .formatted(value));
    };
  }

  private static int notNegative(String option, int value) {
    if (value < 0) {
      throw new CommandException("%s = '%d': must not be negative".formatted(option, value));
    }
    return value;
  }
}
