package calico.ipam;

import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.ipam.AllocationBlock;
import java.time.Clock;
import java.util.random.RandomGenerator;

/** What everything that an {@link Ipam} does has in common. */
record Tools(
    Datastore datastore,
    Clock clock,
    RandomGenerator random,
    Retry retry,
    Affinities affinities,
    Handles handles,
    KnownBlocks known) {

  static Tools of(Datastore datastore, Clock clock, RandomGenerator random, KnownBlocks known) {
    Retry retry = new Retry(random);
    return new Tools(
        datastore,
        clock,
        random,
        retry,
        new Affinities(datastore, clock),
        new Handles(datastore, retry, known.remembers()),
        known);
  }

  /** Writes a block that has just been read. */
  BlockWriter writer(Entry<AllocationBlock> block) {
    return known.writer(this, block);
  }

  BlockWriter writer(Cidr block) {
    return known.writer(this, block);
  }
}
