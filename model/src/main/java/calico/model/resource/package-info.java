/**
 * The resources of {@code projectcalico.org/v3} as immutable records.
 *
 * <p>Each kind is declared once, in {@link calico.model.resource.Kinds}; its spec is a record whose
 * components are the fields. Fields that this version does not know are kept in each record's
 * {@link calico.model.resource.Unknown} and written back.
 */
@NullMarked
package calico.model.resource;

import org.jspecify.annotations.NullMarked;
