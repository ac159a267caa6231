package calico.felix;

import static java.util.Objects.requireNonNullElse;

import calico.model.config.FelixConfig;
import calico.model.resource.Kinds;
import calico.model.resource.Problem;
import calico.model.resource.Resource;
import calico.model.resource.Validator;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An invalid object counts as absent: it must not take others down with it. */
final class AcceptedObjects implements Predicate<Resource<?>> {
  private static final Logger LOG = LoggerFactory.getLogger(Felix.class);

  private final Supplier<FelixConfig> config;

  /**
   * @param config gives what is configured now
   */
  AcceptedObjects(Supplier<FelixConfig> config) {
    this.config = config;
  }

  @Override
  public boolean test(Resource<?> resource) {
    if (resource.kind().equals(Kinds.FELIX_CONFIGURATION)) {
      return true; // each of its settings is checked by itself
    }
    if (resource.spec() instanceof WorkloadEndpointSpec spec
        && !requireNonNullElse(spec.allowSpoofedSourcePrefixes(), List.of()).isEmpty()
        && !DataplaneSettings.sourceSpoofing(config.get())) {
      LOG.warn(
          "object ignored: WorkloadEndpoint({}/{}) allowSpoofedSourcePrefixes: not permitted; set"
              + " workloadSourceSpoofing of the FelixConfiguration to Any, or remove the field",
          resource.metadata().namespace(),
          resource.metadata().name());
      return false;
    }
    List<Problem> errors = Validator.errors(resource);
    if (!errors.isEmpty()) {
      LOG.warn(
          "object ignored: {}({}) {}",
          resource.kind(),
          resource.metadata().name(),
          errors.getFirst());
    }
    return errors.isEmpty();
  }
}
