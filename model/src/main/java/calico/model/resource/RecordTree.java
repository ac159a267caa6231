package calico.model.resource;

import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A record's tree, of which only what is asked for is made, once. For one thread. */
final class RecordTree extends AbstractMap<String, @Nullable Object> {
  private static final Object OMITTED = new Object();

  private final Record record;
  private final RecordCodec codec;

  /** By place; null as long as nobody has asked. */
  private final @Nullable Object[] made;

  RecordTree(Record record) {
    this.record = record;
    this.codec = RecordCodec.of(record.getClass());
    this.made = new @Nullable Object[codec.places()];
  }

  @Override
  public @Nullable Object get(Object key) {
    Integer place = codec.place((String) key);
    return place == null ? codec.unknown(record).get(key) : at(place);
  }

  private @Nullable Object at(int place) {
    Object tree = made[place];
    if (tree == null) {
      tree = codec.tree(record, place);
      made[place] = tree == null ? OMITTED : tree;
    }
    return OMITTED.equals(tree) ? null : tree;
  }

  @Override
  public boolean containsKey(Object key) {
    return get(key) != null;
  }

  @Override
  public boolean isEmpty() {
    for (int place = 0; place < made.length; place++) {
      if (at(place) != null) {
        return false;
      }
    }
    return codec.unknown(record).isEmpty();
  }

  @Override
  public Set<Map.Entry<String, @Nullable Object>> entrySet() {
    return codec.encodeRecord(record).entrySet();
  }
}
