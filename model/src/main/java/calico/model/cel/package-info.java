/**
 * The part of the Common Expression Language in which Kubernetes' custom resources state what holds
 * between fields, so that one declaration serves the API server and the code here.
 *
 * <p>{@link calico.model.cel.Cel} is an expression, {@link calico.model.cel.CelParser} reads one,
 * {@link calico.model.cel.CelFunctions} has the functions, among them Kubernetes' for addresses and
 * prefixes. Values are JSON trees as in {@link calico.model.json}.
 */
@NullMarked
package calico.model.cel;

import org.jspecify.annotations.NullMarked;
