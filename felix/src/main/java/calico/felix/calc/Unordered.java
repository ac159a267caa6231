package calico.felix.calc;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A collection in no meaningful order that costs nothing but its array, and not even that while it
 * has one element: there are several for each label of the cluster, most with one. Whoever is in it
 * knows its position.
 *
 * @param <T> an element, not an array
 */
abstract class Unordered<T> implements Iterable<T> {
  private static final Object[] NOTHING = {};

  /** The only element that there has been, or an array of them. */
  private Object elements = NOTHING;

  private int size;

  final int size() {
    return size;
  }

  final boolean isEmpty() {
    return size == 0;
  }

  @SuppressWarnings("unchecked") // only T come in
  private T at(int position) {
    return (T) (elements instanceof Object[] all ? all[position] : elements);
  }

  /** Adds an element; its position is what {@link #size} was before. */
  final void add(T element) {
    if (size == 0) {
      elements = element;
    } else if (elements instanceof Object[] all) {
      Object[] room = size < all.length ? all : Arrays.copyOf(all, size + (size >> 1) + 1);
      room[size] = element;
      elements = room;
    } else {
      elements = new Object[] {elements, element};
    }
    size++;
  }

  /**
   * Takes out what is at a position.
   *
   * @return what is there now instead, the last until then; null if the last was taken out
   */
  final @Nullable T removeAt(int position) {
    T last = at(--size);
    if (size == 0) {
      elements = NOTHING;
    } else if (elements instanceof Object[] all) {
      all[position] = last;
      all[size] = null;
    }
    return position == size ? null : last;
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
