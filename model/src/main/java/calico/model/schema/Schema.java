package calico.model.schema;

import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a record class, read by reflection once per class. A record that stands {@link
 * Inline} in it is spread out into its fields. Reflection, not method handles: those take a command
 * that reads a few objects and exits longer to make than to use. All is made accessible, though it
 * is public: without, the JDK looks at each call who makes it, which takes longer than the call.
 *
 * @param fields in order of declaration
 * @param constructor of the class, takes its components
 * @param inlined for each component the schema of the record that stands inline, or null; empty if
 *     none does
 */
public record Schema(
    Class<? extends Record> type,
    List<Field> fields,
    Constructor<? extends Record> constructor,
    List<@Nullable Schema> inlined) {

  private static final ClassValue<Schema> ALL =
      new ClassValue<>() {
        @Override
        protected Schema computeValue(Class<?> type) {
          return read(type.asSubclass(Record.class));
        }
      };

  /** The schema of a public record class. */
  public static Schema of(Class<?> type) {
    return ALL.get(type);
  }

  /**
   * One field.
   *
   * @param coding how it is read and written
   * @param type the component's type with its arguments
   * @param holder the field with the record that this one is inline in, or null
   */
  public record Field(Coding coding, Type type, RecordComponent component, @Nullable Field holder) {

    /** Its name in JSON. */
    public String name() {
      return coding.name();
    }

    /** The value of this field in a record. */
    public @Nullable Object get(Record record) {
      Object owner = holder == null ? record : holder.get(record);
      try {
        return component.getAccessor().invoke(owner);
      } catch (ReflectiveOperationException e) {
        throw new LinkageError("an accessor of a record only returns a value", e);
      }
    }

    /** This field of a record that another record holds inline. */
    private Field below(Field outer) {
      return new Field(coding, type, component, holder == null ? outer : holder.below(outer));
    }

    public <A extends Annotation> @Nullable A annotation(Class<A> annotation) {
      return component.getAnnotation(annotation);
    }

    public boolean has(Class<? extends Annotation> annotation) {
      return component.isAnnotationPresent(annotation);
    }
  }

  /**
   * A record of this class.
   *
   * @throws IllegalArgumentException if the record's own constructor refuses the values
   */
  public Record create(@Nullable Object[] values) {
    @Nullable Object[] arguments = values;
    if (!inlined.isEmpty()) {
      arguments = new Object[inlined.size()];
      int next = 0;
      for (int i = 0; i < arguments.length; i++) {
        Schema inner = inlined.get(i);
        int count = inner == null ? 1 : inner.fields.size();
        arguments[i] =
            inner == null
                ? values[next]
                : inner.create(Arrays.copyOfRange(values, next, next + count));
        next += count;
      }
    }
    try {
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default ->
            throw new AssertionError("a record's constructor throws no checked exception", e);
      }
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the constructor of a public record can be called", e);
    }
  }

  private static Schema read(Class<? extends Record> type) {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    List<Field> fields = new ArrayList<>();
    List<@Nullable Schema> inlined = new ArrayList<>();
    List<Coding> codings = Coding.of(type, components);
    for (int i = 0; i < components.length; i++) {
      RecordComponent c = components[i];
      c.getAccessor().setAccessible(true);
      Field field = new Field(codings.get(i), c.getGenericType(), c, null);
      Schema inner = field.coding().inline() ? of(c.getType()) : null;
      inlined.add(inner);
      if (inner == null) {
        fields.add(field);
      } else {
        inner.fields.forEach(f -> fields.add(f.below(field)));
      }
    }
    try {
      Constructor<? extends Record> constructor = type.getConstructor(types);
      constructor.setAccessible(true);
      return new Schema(
          type,
          List.copyOf(fields),
          constructor,
          inlined.stream().allMatch(Objects::isNull)
              ? List.of()
              : Collections.unmodifiableList(inlined));
    } catch (NoSuchMethodException e) {
      throw new IllegalArgumentException(type + " is not a public record", e);
    }
  }
}
