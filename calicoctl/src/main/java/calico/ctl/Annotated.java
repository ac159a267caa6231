package calico.ctl;

import calico.cli.Command;
import calico.cli.Options;
import calico.cli.Verb;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Lets a command that is declared by annotations stand beside those that declare themselves. */
record Annotated(Callable<?> command) implements Verb {

  /** The declaration of a command of either kind. */
  static Options of(Object command) {
    return command instanceof Options declared ? declared : new Annotated((Callable<?>) command);
  }

  @Override
  public Integer call() throws Exception {
    return (Integer) command.call();
  }

  @Override
  public void declare(Command declared) {
    CommandLine.Command annotation = command.getClass().getAnnotation(CommandLine.Command.class);
    declared
        .description(
            Arrays.stream(annotation.description())
                .filter(s -> !s.isEmpty())
                .toArray(String[]::new))
        .examples(
            Arrays.stream(annotation.footer())
                .filter(s -> s.startsWith("  "))
                .map(String::strip)
                .toArray(String[]::new));
    declareFields(declared, command.getClass(), command);
  }

  private static void declareFields(Command declared, Class<?> type, Object object) {
    for (Field field : type.getDeclaredFields()) {
      field.setAccessible(true);
      CommandLine.Option option = field.getAnnotation(CommandLine.Option.class);
      CommandLine.Parameters parameter = field.getAnnotation(CommandLine.Parameters.class);
      if (option != null) {
        declare(declared, option, field, object);
      } else if (parameter != null) {
        String spelling =
            parameter.paramLabel() + (field.getType().equals(List.class) ? "..." : "");
        declared.parameter(
            parameter.arity().startsWith("0") ? "[" + spelling + "]" : spelling,
            text(parameter.description()),
            v -> set(field, object, v));
      } else if (field.isAnnotationPresent(CommandLine.Mixin.class)) {
        Object mixin = get(field, object);
        if (mixin instanceof Options group) {
          declared.include(group);
        } else {
          declareFields(declared, mixin.getClass(), mixin);
        }
      }
    }
    if (type.getSuperclass() != Object.class) {
      declareFields(declared, type.getSuperclass(), object);
    }
  }

  private static void declare(
      Command declared, CommandLine.Option option, Field field, Object object) {
    String names = String.join(", ", option.names());
    String text = text(option.description());
    Consumer<String> set = v -> set(field, object, v);
    if (field.getType().equals(boolean.class)) {
      declared.flag(names, text, () -> set.accept("true"));
      return;
    }
    String value = "=" + option.paramLabel();
    String spelling =
        names
            + (option.arity().startsWith("0") ? "[" + value + "]" : value)
            + (field.getType().equals(List.class) ? "..." : "");
    if (option.required()) {
      declared.requiredOption(spelling, text, set);
    } else {
      declared.option(spelling, text, set);
    }
  }

  private static String text(String[] description) {
    return String.join(" ", description);
  }

  private static void set(Field field, Object object, String text) {
    Class<?> type = field.getType();
    try {
      if (type.equals(List.class)) {
        List<Object> list = new ArrayList<>((List<?>) get(field, object));
        list.add(text);
        field.set(object, list);
      } else {
        field.set(object, value(type, text));
      }
    } catch (IllegalAccessException e) {
      throw new LinkageError("the fields of options can be set", e);
    }
  }

  private static @Nullable Object value(Class<?> type, String text) {
    if (type.equals(boolean.class)) {
      return Boolean.valueOf(text);
    }
    if (type.equals(int.class) || type.equals(Integer.class)) {
      return Command.number(text);
    }
    if (type.equals(Path.class)) {
      return Path.of(text);
    }
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .filter(c -> c.toString().equals(text))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "choose from " + Arrays.toString(type.getEnumConstants())));
    }
    return text;
  }

  private static Object get(Field field, Object object) {
    try {
      return field.get(object);
    } catch (IllegalAccessException e) {
      throw new LinkageError("the fields of options can be read", e);
    }
  }
}
