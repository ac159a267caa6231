package calico.datastore;

/** A version of a value or a listing. Opaque: only equality means anything. */
public record Revision(String value) {
  @Override
  public String toString() {
    return value;
  }
}
