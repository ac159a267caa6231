/**
 * One interface to whatever stores the cluster's data.
 *
 * <p>Reading order: {@link calico.datastore.Datastore} (get, list or scan, create, update by
 * revision, delete, watch), {@link calico.datastore.Entry}, {@link calico.datastore.Watch}, {@link
 * calico.datastore.DatastoreException}; then {@link calico.datastore.Syncer}, which turns lists and
 * watches into one stream that survives disconnections and, if asked to, heeds {@link
 * calico.datastore.ReadyFlag}. {@code calico.datastore.etcd} is the etcd backend, {@code
 * calico.datastore.tls} reads certificates and keys.
 */
@NullMarked
package calico.datastore;

import org.jspecify.annotations.NullMarked;
