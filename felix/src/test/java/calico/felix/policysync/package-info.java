/**
 * Tests of the PolicySync API: {@link calico.felix.policysync.ClientView} is what a client makes of
 * the messages, and finds fault with any that refers to what is not there.
 */
@NullMarked
package calico.felix.policysync;

import org.jspecify.annotations.NullMarked;
