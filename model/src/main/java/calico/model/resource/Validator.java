package calico.model.resource;

import java.util.List;

/** Checks resources against the rules of the data model. */
public final class Validator {
  private Validator() {}

  /** Everything wrong with a resource, in order of its fields; empty if nothing is. */
  public static List<Problem> validate(Resource<?> resource) {
    return resource.metadata().name().isEmpty()
        ? List.of(Problem.error("metadata.name", null, "the field is required"))
        : List.of();
  }
}
