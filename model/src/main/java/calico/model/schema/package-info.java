/**
 * How a record declares a data type: its components are the fields, annotations on them are the
 * documentation, the default and the limits; {@link calico.model.schema.Holds} on the record says
 * what holds between them.
 *
 * <p>{@link calico.model.schema.Schema} reads a record class once; codecs, defaulting, validation
 * and the generators of CRDs and reference pages all work from it, so that a field is declared in
 * one place only.
 */
@NullMarked
package calico.model.schema;

import org.jspecify.annotations.NullMarked;
