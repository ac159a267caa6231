package calico.model.resource;

/** What is filled into a resource when it is created or updated. */
public final class Defaults {
  private Defaults() {}

  /** The resource as it is stored, apart from the fields that the datastore sets. */
  public static <S> Resource<S> apply(Resource<S> resource) {
    return resource;
  }
}
