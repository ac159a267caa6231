package calico.model.resource;

import java.util.List;

/**
 * Checks resources against the rules of the data model: what each field's declaration says ({@link
 * FieldRules}), what records declare between their fields ({@link DeclaredRules}), and what takes
 * code (a class per group of kinds).
 */
public final class Validator {
  /** The reason of the warning for a field that neither upstream nor this version has. */
  public static final String UNKNOWN_FIELD = "unknown field; it is kept, and has no effect";

  /** The reason of the warning for a field of upstream's that this version does not use. */
  public static final String UNUSED_FIELD = "this version has no use for the field; it is kept";

  private Validator() {}

  /** Everything wrong with a resource, or hardly meant; empty if nothing is. */
  public static List<Problem> validate(Resource<?> resource) {
    return validate(resource, Problems.none(true));
  }

  /** As {@link #validate(Resource)} but without warnings, some of which take long to find. */
  public static List<Problem> errors(Resource<?> resource) {
    return validate(resource, Problems.none(false));
  }

  private static List<Problem> validate(Resource<?> resource, Problems problems) {
    MetadataRules.check(resource, problems.at("metadata"));
    resource
        .unknown()
        .fields()
        .forEach((name, value) -> problems.warning(name, value, UNKNOWN_FIELD));
    Problems spec = problems.at("spec");
    if (resource.spec() instanceof Record record && !(record instanceof FelixConfigurationSpec)) {
      FieldRules.check(record, spec);
    }
    String name = resource.metadata().name();
    switch (resource.spec()) {
      case PolicySpec policy -> PolicyRules.check(resource.kind(), policy, spec);
      case StagedPolicySpec staged -> PolicyRules.check(resource.kind(), staged, spec);
      case ProfileSpec profile -> PolicyRules.check(profile, spec);
      case HostEndpointSpec endpoint -> EndpointRules.check(endpoint, spec);
      case WorkloadEndpointSpec endpoint -> EndpointRules.check(name, endpoint, spec);
      case NodeSpec node -> BgpRules.check(node, spec);
      case BgpPeerSpec peer -> BgpRules.check(peer, spec);
      case BgpConfigurationSpec bgp -> BgpRules.check(name, bgp, spec);
      case BgpFilterSpec filter -> BgpFilterRules.check(filter, spec);
      case KubeControllersConfigurationSpec controllers ->
          KubeControllersRules.check(controllers, spec);
      case StagedKubernetesPolicySpec staged -> PolicyRules.check(staged, spec);
      case BlockAffinitySpec affinity ->
          spec.require(
              !Boolean.TRUE.equals(affinity.deleted()),
              "deleted",
              true,
              "only IPAM sets this, and deletes the object then");
      case LiveMigrationSpec migration -> EndpointRules.check(migration, spec);
      case FelixConfigurationSpec felix -> FelixRules.check(felix, spec);
      default -> {}
    }
    DeclaredRules.check(resource, problems);
    return problems.found();
  }
}
