package calico.reconcile;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;

/**
 * Hands keyed changes from any thread to one loop. Changes of one key that the loop has not taken
 * yet become one, so that a slow consumer costs its producers no memory beyond one entry per key;
 * however many arrive, the loop is woken once.
 *
 * <p>Within a batch, keys come in the order in which they were first put.
 */
public final class Mailbox<K, V> {
  private final BinaryOperator<V> merge;
  private final Executor loop;
  private final Consumer<Map<K, V>> consumer;
  private Map<K, V> waiting = new LinkedHashMap<>();

  /**
   * A mailbox whose content is given to {@code consumer} on {@code loop}.
   *
   * @param merge combines an earlier and a later change of one key
   */
  public Mailbox(BinaryOperator<V> merge, Executor loop, Consumer<Map<K, V>> consumer) {
    this.merge = merge;
    this.loop = loop;
    this.consumer = consumer;
  }

  /** Adds a change; the loop gets it soon. Never blocks for longer than a merge. */
  public void put(K key, V change) {
    boolean wake;
    synchronized (this) {
      wake = waiting.isEmpty();
      waiting.merge(key, change, merge);
    }
    if (wake) {
      loop.execute(this::drain);
    }
  }

  private void drain() {
    Map<K, V> batch;
    synchronized (this) {
      batch = waiting;
      waiting = new LinkedHashMap<>();
    }
    if (!batch.isEmpty()) {
      consumer.accept(batch);
    }
  }
}
