package calico.model.resource;

/** How bad a {@link Problem} is. */
public enum Severity {
  /** The object may not be stored. */
  ERROR,
  /** The object may be stored but hardly does what its author meant. */
  WARNING
}
