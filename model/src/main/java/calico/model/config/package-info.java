/**
 * Felix's configuration: every parameter declared once, and the resolution of its value from the
 * places in which it may be set.
 *
 * <p>Reading order: {@link calico.model.config.Parameter}, {@link
 * calico.model.config.FelixParameters} with {@link calico.model.config.WireguardParameters} and
 * {@link calico.model.config.MonitoringParameters}, {@link calico.model.config.FelixConfig}; {@link
 * calico.model.config.UnusedParameters} are upstream's that have no effect here.
 */
@NullMarked
package calico.model.config;

import org.jspecify.annotations.NullMarked;
