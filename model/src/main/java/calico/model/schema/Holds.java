package calico.model.schema;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What holds between the fields of a record; checked here and by Kubernetes' API server. */
@Repeatable(Holds.All.class)
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Holds {
  /** A {@link calico.model.cel.Cel} expression, false if the record, {@code self}, is in error. */
  String value();

  /** The field that is to blame; empty: the record. */
  String field() default "";

  /** What is wrong and what would be right, as a message to the user. */
  String otherwise();

  /** Whether {@code self} is the whole object, whose spec the record is. */
  boolean ofObject() default false;

  /** Several of them. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.TYPE)
  @interface All {
    Holds[] value();
  }
}
