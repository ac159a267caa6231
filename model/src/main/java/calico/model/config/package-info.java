/**
 * Felix's configuration: every parameter declared once, and the resolution of its value from the
 * places in which it may be set.
 *
 * <p>Reading order: {@link calico.model.config.Parameter}, {@link
 * calico.model.config.FelixParameters}, {@link calico.model.config.FelixConfig}.
 */
@NullMarked
package calico.model.config;

import org.jspecify.annotations.NullMarked;
