/**
 * Names of the things in the datastore, independent of the backend. Each {@link
 * calico.model.key.Key} is typed by the value that is stored under it; a {@link
 * calico.model.key.Query} names all keys of one type, or those below one namespace or host.
 */
@NullMarked
package calico.model.key;

import org.jspecify.annotations.NullMarked;
