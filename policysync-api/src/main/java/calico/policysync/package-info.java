/**
 * The messages and the service of Felix's PolicySync API, generated from {@code policysync.proto}
 * at build time. Felix serves it; what enforces policy inside of a workload calls it.
 */
package calico.policysync;
