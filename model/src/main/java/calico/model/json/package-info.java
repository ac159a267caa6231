/**
 * JSON and YAML text to and from plain trees: {@code Map<String, Object>} (insertion-ordered),
 * {@code List<Object>}, {@code String}, {@code Long}, {@code java.math.BigInteger}, {@code Double},
 * {@code Boolean}, null.
 *
 * <p>Invariants: 64-bit integers stay exact; key order is kept; JSON output escapes as Go's encoder
 * does, so that stored values are byte-compatible with upstream's.
 */
@NullMarked
package calico.model.json;

import org.jspecify.annotations.NullMarked;
