/**
 * A whole cluster on one machine: etcd, nodes in network namespaces joined by a fabric of switches
 * and routers, workloads attached by the real CNI plugin, and a connectivity matrix measured with
 * real connections.
 *
 * <p>Reading order: {@link calico.sandbox.SandboxCommand} (the command line), {@link
 * calico.sandbox.Sandbox} (the steps), {@link calico.sandbox.Topology} (the workloads), {@link
 * calico.sandbox.Fabric} (the network between the nodes as a value, from which follow {@link
 * calico.sandbox.RouterConfig} and {@link calico.sandbox.FabricResources}), {@link
 * calico.sandbox.Wiring} (the same in namespaces), {@link calico.sandbox.RouterProcess}, {@link
 * calico.sandbox.NodeProcess} with {@link calico.sandbox.Backend} and {@link
 * calico.sandbox.Workload} (what runs in them), {@link calico.sandbox.Prober}, {@link
 * calico.sandbox.Matrix}, {@link calico.sandbox.PlaneTrial} and {@link calico.sandbox.PolicyTrial}
 * (what is measured), {@link calico.sandbox.SandboxState} and {@link calico.sandbox.Removal} (what
 * has to be removed afterwards).
 *
 * <p>Invariant: a name goes into the state file before the thing is made, so that {@code down}
 * finds everything after a crash at any moment, and removes nothing else.
 */
@NullMarked
package calico.sandbox;

import org.jspecify.annotations.NullMarked;
