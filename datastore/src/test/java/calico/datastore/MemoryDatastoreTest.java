package calico.datastore;

import java.time.Duration;
import java.time.Instant;

class MemoryDatastoreTest extends DatastoreContract {
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final MemoryDatastore memory = new MemoryDatastore(() -> now);

  @Override
  protected Datastore open() {
    return memory;
  }

  @Override
  protected void compact() {
    memory.compact();
  }

  @Override
  protected void breakWatches() {
    memory.breakWatches();
  }

  @Override
  protected void pass(Duration time) {
    now = now.plus(time);
    memory.expire();
  }
}
