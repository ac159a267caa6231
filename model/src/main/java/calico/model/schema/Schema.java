package calico.model.schema;

import java.lang.annotation.Annotation;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a record class, read by reflection once per class. A record that stands {@link
 * Inline} in it is spread out into its fields.
 *
 * @param fields in order of declaration
 * @param constructor takes an {@code Object[]} with the values of the fields
 */
public record Schema(Class<? extends Record> type, List<Field> fields, MethodHandle constructor) {

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
   * @param name in JSON
   * @param type the component's type with its arguments
   * @param accessor takes a {@code Record}, gives an {@code Object}
   */
  public record Field(String name, Type type, RecordComponent component, MethodHandle accessor) {

    /** The value of this field in a record. */
    public @Nullable Object get(Record record) {
      try {
        return (Object) accessor.invokeExact(record);
      } catch (Throwable e) {
        throw new AssertionError("an accessor of a record only returns a value", e);
      }
    }

    /** This field of a record that another record holds inline. */
    private Field below(MethodHandle holder) {
      MethodHandle inner = accessor.asType(accessor.type().changeParameterType(0, Object.class));
      return new Field(name, type, component, MethodHandles.filterReturnValue(holder, inner));
    }

    public <A extends Annotation> @Nullable A annotation(Class<A> annotation) {
      return component.getAnnotation(annotation);
    }

    /** Whether null may stand in the list. */
    public boolean hasNullableItems() {
      return component.getAnnotatedType() instanceof AnnotatedParameterizedType list
          && list.getAnnotatedActualTypeArguments()[0].isAnnotationPresent(Nullable.class);
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
    try {
      return (Record) constructor.invokeExact(values);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a record's constructor throws no checked exception", e);
    }
  }

  private static Schema read(Class<? extends Record> type) {
    try {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      RecordComponent[] components = type.getRecordComponents();
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      MethodHandle constructor =
          lookup
              .findConstructor(type, MethodType.methodType(void.class, types))
              .asType(MethodType.genericMethodType(types.length).changeReturnType(Record.class));
      List<Field> fields = new ArrayList<>();
      for (RecordComponent c : components) {
        MethodHandle accessor =
            lookup
                .unreflect(c.getAccessor())
                .asType(MethodType.methodType(Object.class, Record.class));
        if (c.isAnnotationPresent(Inline.class)) {
          Schema inner = of(c.getType());
          constructor = inlined(constructor, fields.size(), inner);
          inner.fields.forEach(f -> fields.add(f.below(accessor)));
        } else {
          Name name = c.getAnnotation(Name.class);
          fields.add(
              new Field(
                  name == null ? c.getName() : name.value(), c.getGenericType(), c, accessor));
        }
      }
      return new Schema(
          type, List.copyOf(fields), constructor.asSpreader(Object[].class, fields.size()));
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(type + " is not a public record", e);
    }
  }

  /** The constructor with, instead of the argument at a position, the fields of its record. */
  private static MethodHandle inlined(MethodHandle constructor, int position, Schema inner) {
    MethodHandle maker =
        inner
            .constructor
            .asCollector(Object[].class, inner.fields.size())
            .asType(MethodType.genericMethodType(inner.fields.size()));
    return MethodHandles.collectArguments(constructor, position, maker);
  }
}
