/**
 * The entry point of {@code calico COMMAND}: {@link calico.launcher.Main} chooses the component;
 * {@link calico.launcher.WarmUp} is the training run for the ahead-of-time cache.
 */
@NullMarked
package calico.launcher;

import org.jspecify.annotations.NullMarked;
