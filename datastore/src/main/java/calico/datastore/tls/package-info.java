/**
 * Certificates and keys as administrators write them, in the JDK's terms: {@link
 * calico.datastore.tls.TlsFiles}. It has no state and depends on nothing of the datastore; the
 * clients of etcd use it, and what serves over TLS itself.
 */
@NullMarked
package calico.datastore.tls;

import org.jspecify.annotations.NullMarked;
