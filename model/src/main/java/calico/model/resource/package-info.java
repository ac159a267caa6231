/**
 * The resources of {@code projectcalico.org/v3} as immutable records.
 *
 * <p>Each kind is declared once, in {@link calico.model.resource.Kinds}; its spec is a record whose
 * components are the fields. Fields that this version does not know are kept in each record's
 * {@link calico.model.resource.Unknown} and written back.
 *
 * <p>A resource goes JSON tree, {@link calico.model.resource.ResourceCodec#decode}, {@link
 * calico.model.resource.Defaults#apply}, {@link calico.model.resource.Validator#validate}, {@link
 * calico.model.resource.ResourceCodec#encode}. All four read what the fields' declarations say
 * ({@link calico.model.schema.Schema}), and what holds between fields is declared on the record too
 * ({@link calico.model.schema.Holds}) where an expression can say it; the rest is code, in the
 * classes named after it: PolicyRules, RuleRules, EndpointRules, BgpRules, BgpFilterRules,
 * KubeControllersRules, FelixRules.
 *
 * <p>Reading order: {@link calico.model.resource.Kinds}, {@link calico.model.resource.Resource},
 * {@link calico.model.resource.PolicySpec}, {@link calico.model.resource.Rule}, {@link
 * calico.model.resource.RecordCodec}, {@link calico.model.resource.Validator}.
 */
@NullMarked
package calico.model.resource;

import org.jspecify.annotations.NullMarked;
