package calico.datastore;

import java.util.List;

/**
 * The entries of a query.
 *
 * @param revision of the whole listing: watch from here
 */
public record Listing<V>(List<Entry<V>> entries, Revision revision) {}
