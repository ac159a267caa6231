package calico.model.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SchemaTest {
  public record Inner(int b, @Name("sea") String c) {}

  public record Outer(@Doc("First.") String a, @Inline Inner inner, double d) {}

  public record Twice(@Inline Outer outer, boolean e) {}

  public record Lists(List<String> plain, List<@Nullable Integer> nullable) {}

  public record Marked(
      @Required @Name("first one") String a,
      @KeepEmpty List<@Nullable String> b,
      @OmitZero int c,
      @IsDuration String d,
      @Inline Inner e,
      String f) {}

  /** As {@link Marked} after packaging. */
  public record Packaged(String a, List<String> b, int c, String d, Inner e, String f) {
    public static final String $coding = Coding.text(Marked.class);
  }

  record Hidden(int a) {}

  private static List<String> names(Class<?> type) {
    return Schema.of(type).fields().stream().map(Schema.Field::name).toList();
  }

  @Test
  void fieldsOfAnInlineRecordStandInItsPlace() {
    assertEquals(List.of("b", "sea"), names(Inner.class));
    assertEquals(List.of("a", "b", "sea", "d"), names(Outer.class));
    assertEquals(List.of("a", "b", "sea", "d", "e"), names(Twice.class));
  }

  @Test
  void theyAreReadAndMadeThroughTheRecordThatHoldsIt() {
    Twice record = new Twice(new Outer("x", new Inner(1, "y"), 2.0), true);
    Schema schema = Schema.of(Twice.class);
    Object[] values = schema.fields().stream().map(f -> f.get(record)).toArray();
    assertEquals(List.of("x", 1, "y", 2.0, true), List.of(values));
    assertEquals(record, schema.create(values));
  }

  @Test
  void itemsThatMayBeNullAreKnown() {
    List<Schema.Field> fields = Schema.of(Lists.class).fields();
    assertEquals(false, fields.getFirst().coding().nullableItems());
    assertEquals(true, fields.getLast().coding().nullableItems());
    assertEquals(false, Schema.of(Inner.class).fields().getFirst().coding().nullableItems());
  }

  @Test
  void theConstantSaysWhatTheAnnotationsSay() {
    assertEquals("R first one\nKN b\nO c\nD d\nI e\n f", Packaged.$coding);
    assertEquals(
        Schema.of(Marked.class).fields().stream().map(Schema.Field::coding).toList(),
        Schema.of(Packaged.class).fields().stream().map(Schema.Field::coding).toList());
  }

  @Test
  void theClassMustBePublic() {
    assertThrows(IllegalArgumentException.class, () -> Schema.of(Hidden.class));
  }
}
