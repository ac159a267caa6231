package calico.model.resource;

import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A record's tree, of which only what is asked for is made. */
final class RecordTree extends AbstractMap<String, @Nullable Object> {
  private final Record record;
  private final RecordCodec codec;

  RecordTree(Record record) {
    this.record = record;
    this.codec = RecordCodec.of(record.getClass());
  }

  @Override
  public @Nullable Object get(Object key) {
    return codec.tree(record, (String) key);
  }

  @Override
  public boolean containsKey(Object key) {
    return get(key) != null;
  }

  @Override
  public Set<Map.Entry<String, @Nullable Object>> entrySet() {
    return codec.encodeRecord(record).entrySet();
  }
}
