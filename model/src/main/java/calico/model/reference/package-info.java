/**
 * The reference pages of the user guide, made from the declarations of the kinds and of Felix's
 * parameters.
 *
 * <p>{@link calico.model.reference.ReferencePages} makes all pages: {@link
 * calico.model.reference.KindPage} one per kind, {@link calico.model.reference.FelixPage} that of
 * Felix's parameters. The pages are kept in {@code docs/reference}; a test compares them.
 */
@NullMarked
package calico.model.reference;

import org.jspecify.annotations.NullMarked;
