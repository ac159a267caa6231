/**
 * The value types that every part of the system shares: IP addresses, prefixes, address families.
 *
 * <p>Reading order: {@link calico.model.Family}, {@link calico.model.Ip}, {@link
 * calico.model.Cidr}, {@link calico.model.InterfaceAddress}. An address family is always a value
 * here; nothing in the system has a "V6" twin.
 */
@NullMarked
package calico.model;

import org.jspecify.annotations.NullMarked;
