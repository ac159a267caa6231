package calico.model.reference;

import calico.model.resource.AsNumber;
import calico.model.resource.Port;
import calico.model.resource.Protocol;
import calico.model.schema.IsCidr;
import calico.model.schema.IsDuration;
import calico.model.schema.IsInterfaceAddress;
import calico.model.schema.IsIp;
import calico.model.schema.IsName;
import calico.model.schema.IsSelector;
import calico.model.schema.Matches;
import calico.model.schema.OneOf;
import calico.model.schema.Range;
import calico.model.schema.Schema;

/** Which values a field without fields of its own may have, in Markdown. */
final class ValueText {
  private ValueText() {}

  /**
   * Such as "integer, 1 to 65535".
   *
   * @param c the field's type, or that of its items
   */
  static String of(Schema.Field field, Class<?> c) {
    return c == String.class ? text(field) : scalar(field, c);
  }

  /** Whether a record is written as one value. */
  static boolean isScalar(Class<?> c) {
    return !c.isRecord() || c == Port.class || c == Protocol.class || c == AsNumber.class;
  }

  private static String scalar(Schema.Field field, Class<?> c) {
    if (c == Boolean.class || c == boolean.class) {
      return "true or false";
    }
    if (c == Double.class || c == double.class) {
      return "number";
    }
    if (c == Port.class) {
      return "port, range `a:b` or a port's name";
    }
    if (c == Protocol.class) {
      return "protocol's name or number";
    }
    if (c == AsNumber.class) {
      return "AS number";
    }
    OneOf oneOf = field.annotation(OneOf.class);
    if (oneOf != null) {
      return choice(oneOf);
    }
    Range range = field.annotation(Range.class);
    return range == null ? "integer" : "integer, " + range.min() + " to " + range.max();
  }

  private static String choice(OneOf oneOf) {
    return "`" + String.join("`, `", oneOf.value()) + "`";
  }

  private static String text(Schema.Field field) {
    OneOf oneOf = field.annotation(OneOf.class);
    if (oneOf != null) {
      return choice(oneOf);
    }
    Matches matches = field.annotation(Matches.class);
    if (matches != null) {
      return matches.expected();
    }
    IsCidr cidr = field.annotation(IsCidr.class);
    if (cidr != null) {
      return cidr.strict() ? "IP prefix" : "IP prefix or address";
    }
    return field.has(IsSelector.class)
        ? "selector"
        : field.has(IsDuration.class)
            ? "duration"
            : field.has(IsIp.class)
                ? "IP address"
                : field.has(IsInterfaceAddress.class)
                    ? "IP address, maybe with a length"
                    : field.has(IsName.class) ? "name" : "text";
  }
}
