/**
 * Attaches workloads to the network when a container runtime asks, by the Container Network
 * Interface (https://github.com/containernetworking/cni/blob/main/SPEC.md, versions 0.1.0 to
 * 1.1.0).
 *
 * <p>The runtime starts an executable per call. Ours, {@code src/main/c/cni.c} installed as {@code
 * calico} and {@code calico-ipam}, or {@link calico.cni.CniClient} where there is no C compiler,
 * only passes environment and input on to the {@link calico.cni.CniService} in the node daemon,
 * which has a warm datastore connection, and prints its answer.
 *
 * <pre>
 *   runtime -> calico | calico-ipam -> socket -> CniService -> CniCommands -> AddCommand -> CalicoIpam | IpamDelegate
 *                                                                          |            -> Wiring -> Ends (netlink)
 *                                                                          |            -> Endpoints -> EndpointReadiness
 *                                                                          -> DelCommand, GcCommand
 *                                                                          -> CheckCommand -> Wiring -> WireCheck
 *   API server -> KubernetesApi (KubernetesTls) -> Pod -> Annotations -> AddCommand
 *   AddCommand, DelCommand -> Stages -> CallObserver: how long each took
 *   CniService -> Practice -> Wiring, datastore: until the first call comes
 * </pre>
 *
 * <p>Reading order: {@link calico.cni.CniExchange} (the bytes between executable and service),
 * {@code CniRequest}, {@code NetConf}, {@code Attachment} (what a request is about), {@code
 * AddCommand}, {@code DelCommand}, {@code Wiring}, {@code Ends}.
 *
 * <p>Invariants. A failed ADD leaves no address assigned that it assigned. ADD and DEL may be
 * repeated and may be killed anywhere: the runtime's next call repairs. DEL of what is not there
 * succeeds, and never touches what belongs to another container. Calls for one workload take turns,
 * which an ADD that waits for its readiness gates does not. An address is released after the
 * endpoint that had it is gone and nothing is sent to it any more. The dataplane is told of a new
 * endpoint before the datastore, and that it is not to be if it was not written.
 *
 * <p>Labels of workloads outside Kubernetes come from the network configuration's {@code args}:
 * {@code {"args": {"calico": {"labels": {"app": "web"}}}}}, or as lists of key and value from
 * {@code args.cni.labels} (the CNI conventions) and {@code
 * args["org.apache.mesos"].network_info.labels.labels}, as upstream reads them. The label {@code
 * projectcalico.org/namespace} there sets the namespace.
 */
@NullMarked
package calico.cni;

import org.jspecify.annotations.NullMarked;
