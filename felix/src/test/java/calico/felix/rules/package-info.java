/**
 * Tests of rendering: a small machine ({@link calico.felix.rules.NftMachine}) runs the rendered
 * rules on packets, and a naive interpreter ({@link calico.felix.rules.PolicyOracle}) reads the
 * state records; both have to agree.
 */
@NullMarked
package calico.felix.rules;

import org.jspecify.annotations.NullMarked;
