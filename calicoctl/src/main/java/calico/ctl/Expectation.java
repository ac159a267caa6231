package calico.ctl;

import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code calicoctl wait} waits for, as kubectl's {@code --for} writes it. */
sealed interface Expectation {

  /** Whether that is so of a resource; null if there is none. */
  boolean met(@Nullable Resource<?> resource);

  /** It exists. */
  record Creation() implements Expectation {
    @Override
    public boolean met(@Nullable Resource<?> resource) {
      return resource != null;
    }
  }

  /** It is gone, or another one of its name is there. */
  record Deletion(@Nullable String uid) implements Expectation {
    @Override
    public boolean met(@Nullable Resource<?> resource) {
      return resource == null || (uid != null && !uid.equals(resource.metadata().uid()));
    }
  }

  /** Its status has such a condition. */
  record Condition(String type, String status) implements Expectation {
    @Override
    public boolean met(@Nullable Resource<?> resource) {
      return resource != null
          && resource.status() instanceof Map<?, ?> map
          && map.get("conditions") instanceof List<?> conditions
          && conditions.stream().anyMatch(this::isThis);
    }

    private boolean isThis(@Nullable Object condition) {
      return condition instanceof Map<?, ?> map
          && type.equalsIgnoreCase(String.valueOf(map.get("type")))
          && status.equalsIgnoreCase(String.valueOf(map.get("status")));
    }
  }

  /**
   * A template gives this text.
   *
   * @param value null for any but none
   */
  record Value(JsonPath template, @Nullable String value) implements Expectation {
    @Override
    public boolean met(@Nullable Resource<?> resource) {
      if (resource == null) {
        return false;
      }
      String found = template.print(ResourceCodec.encode(resource));
      return value == null ? !found.isEmpty() : value.equals(found);
    }
  }

  /**
   * The argument of {@code --for}.
   *
   * @throws CommandException saying what can be waited for
   */
  static Expectation parse(String text) {
    int equals = text.indexOf('=');
    String argument = text.substring(equals + 1);
    String what = equals < 0 ? text : text.substring(0, equals);
    if (equals < 0 && what.equals("create")) {
      return new Creation();
    }
    if (equals < 0 && what.equals("delete")) {
      return new Deletion(null);
    }
    if (!argument.isEmpty() && equals > 0 && what.equals("condition")) {
      int status = argument.indexOf('=');
      return status < 0
          ? new Condition(argument, "True")
          : new Condition(argument.substring(0, status), argument.substring(status + 1));
    }
    if (!argument.isEmpty() && equals > 0 && what.equals("jsonpath")) {
      int end = argument.startsWith("{") ? argument.lastIndexOf("}=") + 1 : argument.indexOf('=');
      return end <= 0
          ? new Value(JsonPath.parse(argument), null)
          : new Value(JsonPath.parse(argument.substring(0, end)), argument.substring(end + 1));
    }
    throw new CommandException(
        "--for='%s': choose from create, delete, condition=NAME[=STATUS], jsonpath={PATH}[=VALUE]"
            .formatted(text));
  }
}
