package calico.datastore;

import java.util.List;

/**
 * The entries of a query.
 *
 * @param undecodable what is there besides
 * @param revision of the whole listing: watch from here
 */
public record Listing<V>(
    List<Entry<V>> entries, List<Undecodable<V>> undecodable, Revision revision) {

  /** All can be decoded. */
  public Listing(List<Entry<V>> entries, Revision revision) {
    this(entries, List.of(), revision);
  }
}
