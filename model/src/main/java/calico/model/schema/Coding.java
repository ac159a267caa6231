package calico.model.schema;

import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a field is read and written, which its annotations say. The JDK makes a class at run time for
 * each type of annotation that is looked at, and most of a command's time would go into that. So
 * packaging writes these few into the class, as a text in a constant; where it has not, the
 * annotations are read.
 *
 * @param name in JSON ({@link Name})
 * @param inline whether it is a record whose fields stand in its place ({@link Inline})
 * @param required {@link Required}
 * @param keepsEmpty {@link KeepEmpty}
 * @param omitsZero {@link OmitZero}
 * @param duration {@link IsDuration}
 * @param nullableItems whether null may stand in the list
 */
public record Coding(
    String name,
    boolean inline,
    boolean required,
    boolean keepsEmpty,
    boolean omitsZero,
    boolean duration,
    boolean nullableItems) {

  /** The constant of a class, a public static String. */
  public static final String CONSTANT = "$coding";

  /** Of the components of a record class, in order. */
  static List<Coding> of(Class<?> type, RecordComponent[] components) {
    String written = written(type);
    if (written == null) {
      return Arrays.stream(components).map(Coding::of).toList();
    }
    List<Coding> all = new ArrayList<>();
    for (String line : written.split("\n", components.length)) {
      all.add(parse(line));
    }
    return all;
  }

  /** What packaging writes into a public record class. */
  public static String text(Class<?> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(component -> of(component).text())
        .collect(Collectors.joining("\n"));
  }

  private static @Nullable String written(Class<?> type) {
    try {
      return (String) type.getField(CONSTANT).get(null);
    } catch (NoSuchFieldException e) {
      return null;
    } catch (IllegalAccessException e) {
      throw new LinkageError(CONSTANT + " of " + type + " is public", e);
    }
  }

  private static Coding of(RecordComponent component) {
    Name name = component.getAnnotation(Name.class);
    return new Coding(
        name == null ? component.getName() : name.value(),
        component.isAnnotationPresent(Inline.class),
        component.isAnnotationPresent(Required.class),
        component.isAnnotationPresent(KeepEmpty.class),
        component.isAnnotationPresent(OmitZero.class),
        component.isAnnotationPresent(IsDuration.class),
        component.getAnnotatedType() instanceof AnnotatedParameterizedType list
            && list.getAnnotatedActualTypeArguments()[0].isAnnotationPresent(Nullable.class));
  }

  /** A letter for each property that it has, a blank, the name. */
  private String text() {
    return (inline ? "I" : "")
        + (required ? "R" : "")
        + (keepsEmpty ? "K" : "")
        + (omitsZero ? "O" : "")
        + (duration ? "D" : "")
        + (nullableItems ? "N" : "")
        + " "
        + name;
  }

  private static Coding parse(String text) {
    int blank = text.indexOf(' ');
    String has = text.substring(0, blank);
    return new Coding(
        text.substring(blank + 1).intern(), // as names from annotations are
        has.contains("I"),
        has.contains("R"),
        has.contains("K"),
        has.contains("O"),
        has.contains("D"),
        has.contains("N"));
  }
}
