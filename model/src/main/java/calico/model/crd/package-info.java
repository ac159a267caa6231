/**
 * Custom resource definitions for Kubernetes, made from the declarations of the kinds.
 *
 * <p>{@link calico.model.crd.CustomResource} says which kinds Kubernetes holds and what kubectl
 * shows of them, {@link calico.model.crd.OpenApi} turns a spec's record class into a schema, {@link
 * calico.model.crd.CrdGenerator} puts both together for either API group. Formats are those of
 * {@code apiextensions.k8s.io/v1}. Fields that no declaration names are kept, not pruned.
 *
 * <p>What records declare between their fields becomes validation rules ({@link
 * calico.model.crd.Rules}) that the API server evaluates; what takes code is only checked by {@link
 * calico.model.resource.Validator}.
 */
@NullMarked
package calico.model.crd;

import org.jspecify.annotations.NullMarked;
