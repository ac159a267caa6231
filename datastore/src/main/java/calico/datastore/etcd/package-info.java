/**
 * The etcd v3 backend, in upstream's keyspace.
 *
 * <p>Reading order: {@link calico.datastore.etcd.EtcdKeys} (keys to paths and back), {@link
 * calico.datastore.etcd.EtcdValues} (values to JSON and back), {@link
 * calico.datastore.etcd.EtcdDatastore} (the semantics: which transaction each call is), {@link
 * calico.datastore.etcd.EtcdClient} (the four things asked of etcd) with its two transports, {@link
 * calico.datastore.etcd.GrpcClient} and {@link calico.datastore.etcd.GatewayClient}; and {@link
 * calico.datastore.etcd.ManagedEtcd}, which runs a one-member etcd where there is no cluster, with
 * {@link calico.datastore.etcd.EtcdUpkeep}, which keeps it small. What can go wrong, and what is
 * said then: {@link calico.datastore.etcd.EtcdErrors}.
 *
 * <p>Data flow: a call becomes one round trip to etcd, a deadline on each; a watch is a part of one
 * gRPC stream that all watches of a process share. Invariants: nothing here polls (but the upkeep
 * of a managed etcd, once a minute); a revision is the key's ModRevision (of a listing: the
 * header's) in decimal; resourceVersion is never stored.
 *
 * <p>Sources: etcd's rpc.proto (etcdserverpb) and its JSON gateway, docs/adr/0002-etcd-client.md.
 */
@NullMarked
package calico.datastore.etcd;

import org.jspecify.annotations.NullMarked;
