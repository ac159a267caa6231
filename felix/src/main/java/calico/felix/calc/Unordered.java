package calico.felix.calc;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A collection in no meaningful order that costs nothing but its array: there are several for each
 * label of the cluster, most with one element. Whoever is in it knows its position.
 *
 * @param <T> an element
 */
abstract class Unordered<T> implements Iterable<T> {
  private static final Object[] NOTHING = {};

  private Object[] elements = NOTHING;
  private int size;

  final int size() {
    return size;
  }

  final boolean isEmpty() {
    return size == 0;
  }

  @SuppressWarnings("unchecked") // only T come in
  private T at(int position) {
    return (T) elements[position];
  }

  /** Adds an element; its position is what {@link #size} was before. */
  final void add(T element) {
    if (size == elements.length) {
      elements = Arrays.copyOf(elements, size == 0 ? 1 : size + (size >> 1) + 1);
    }
    elements[size++] = element;
  }

  /**
   * Takes out what is at a position.
   *
   * @return what is there now instead, the last until then; null if the last was taken out
   */
  final @Nullable T removeAt(int position) {
    T last = at(--size);
    elements[size] = null;
    if (size == 0) {
      elements = NOTHING;
    }
    if (position == size) {
      return null;
    }
    elements[position] = last;
    return last;
  }

  @Override
  public final Iterator<T> iterator() {
    return new Iterator<>() {
      private int next;

      @Override
      public boolean hasNext() {
        return next < size;
      }

      @Override
      public T next() {
        if (next >= size) {
          throw new NoSuchElementException();
        }
        return at(next++);
      }
    };
  }
}
