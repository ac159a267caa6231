/**
 * Tests of the calculation: {@link calico.felix.calc.CheckedGraph} compares every flush with the
 * oracle, {@link calico.felix.calc.CalcGraphPropertyTest} feeds it random updates, the others are
 * tables of scenarios.
 */
@NullMarked
package calico.felix.calc;

import org.jspecify.annotations.NullMarked;
