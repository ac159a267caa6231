package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.ipam.PoolSplit;
import calico.model.Cidr;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import java.util.List;
import org.jspecify.annotations.Nullable;

final class IpamSplitCommand implements Verb {
  private static final int MAX_NAME = 253;
  private static final int MAX_OLD_NAME = 245;

  private final Session session;

  int number;
  @Nullable String cidr;
  @Nullable String name;
  DatastoreOptions connection = new DatastoreOptions();

  IpamSplitCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command split) {
    split
        .description(
            "Replace a pool by equal parts of it, named split-POOL-0 and so on.",
            "The datastore must be locked. Addresses in use stay as they are. If it is interrupted, run it"
                + " again.")
        .parameter("NUMBER", "Of parts; a power of two.", v -> number = Command.number(v))
        .option("--cidr=CIDR", "CIDR of the pool.", v -> cidr = v)
        .option("--name=NAME", "Name of the pool.", v -> name = v)
        .include(connection)
        .examples(
            "calicoctl ipam split 4 --name=pool-v4", "calicoctl ipam split 2 --cidr=10.128.0.0/16");
  }

  @Override
  public Integer call() {
    if ((cidr == null) == (name == null)) {
      throw new CommandException("name the pool with either --name or --cidr");
    }
    try (Datastore datastore = connection.open(session)) {
      if (!IpamReport.Cluster.read(datastore).locked()) {
        throw new CommandException(
            "datastore is not locked. Run the `calicoctl datastore migrate lock` command in order to split the IP pools");
      }
      split(datastore, find(datastore));
    }
    return 0;
  }

  private Entry<Resource<IpPoolSpec>> find(Datastore datastore) {
    Cidr wanted = cidr == null ? null : Cidr.tryParse(cidr);
    return datastore.list(Query.all(Kinds.IP_POOL)).entries().stream()
        .filter(
            e ->
                wanted == null
                    ? e.value().metadata().name().equals(name)
                    : wanted.equals(Cidr.tryParse(e.value().spec().cidr())))
        .findFirst()
        .orElseThrow(
            () ->
                new CommandException(
                    "unable to find IP pool %s".formatted(name == null ? cidr : name)));
  }

  private void split(Datastore datastore, Entry<Resource<IpPoolSpec>> found) {
    IpPoolSpec old = found.value().spec();
    Metadata m = found.value().metadata();
    List<Cidr> parts = PoolSplit.parts(Cidr.parse(old.cidr()), number, Pools.blockSize(old));
    var key = ResourceKey.of(Kinds.IP_POOL, m.name());
    var disabled =
        datastore.update(
            key, found.value().withSpec(Pools.with(old, old.cidr(), true)), found.revision());
    StringBuilder report = new StringBuilder();
    for (int i = 0; i < number; i++) {
      String suffix = "-" + i;
      String base = "split-" + m.name();
      if (base.length() + suffix.length() > MAX_NAME) {
        base = "split-" + m.name().substring(0, MAX_OLD_NAME);
      }
      String part = parts.get(i).toString();
      Metadata fresh =
          new Metadata(
              base + suffix, null, m.labels(), m.annotations(), null, null, null, m.unknown());
      create(datastore, Resource.of(Kinds.IP_POOL, fresh, Pools.with(old, part, false)));
      report.append("Created %s with CIDR %s.%n".formatted(base + suffix, part));
    }
    datastore.delete(key, disabled.revision());
    session
        .out()
        .print(
            "IP Pool %s was successfully split into %d smaller pools.%n%sUnlock the datastore with `calicoctl datastore migrate unlock`.%n"
                .formatted(m.name(), number, report));
  }

  /** Parts overlap with the pool until it is gone, so the rules for pools are not asked. */
  private static void create(Datastore datastore, Resource<IpPoolSpec> part) {
    var key = ResourceKey.of(part);
    try {
      datastore.create(key, part);
    } catch (DatastoreException.AlreadyExists e) {
      boolean same =
          datastore
              .get(key)
              .filter(x -> x.value().spec().cidr().equals(part.spec().cidr()))
              .isPresent();
      if (!same) {
        throw e;
      }
      // An earlier run that was interrupted has made it.
    }
  }
}
