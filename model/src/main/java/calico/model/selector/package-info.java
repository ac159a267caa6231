/**
 * The selector language: text to {@link calico.model.selector.Selector}, evaluation against labels,
 * canonical form and identifier.
 */
@NullMarked
package calico.model.selector;

import org.jspecify.annotations.NullMarked;
