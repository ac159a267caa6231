package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.IsSelector;
import org.jspecify.annotations.Nullable;

/** A virtual machine that moves to another node; named after the endpoint it moves to. */
public record LiveMigrationSpec(
    @Doc("What moves.") @Nullable Source source,
    @Doc("Where it moves to.") @Nullable Target target,
    Unknown unknown) {

  /** Exactly one field is set. */
  public record Source(
      @Doc("The workload.") @Nullable Workload workload,
      @Doc("The workload's endpoint.") @Nullable Endpoint workloadEndpoint,
      Unknown unknown) {}

  /** Exactly one field is set. */
  public record Target(
      @Doc("The endpoint, by its labels.") @IsSelector @Nullable String selector,
      @Doc("The endpoint.") @Nullable Endpoint workloadEndpoint,
      Unknown unknown) {}

  public record Workload(
      @Doc("The node.") @Nullable String hostname,
      @Doc("What runs the workload.") @Nullable String orchestratorID,
      @Doc("NAMESPACE/NAME of the workload.") @Nullable String workloadID,
      Unknown unknown) {}

  public record Endpoint(
      @Doc("The node.") @Nullable String hostname,
      @Doc("What runs the workload.") @Nullable String orchestratorID,
      @Doc("NAMESPACE/NAME of the workload.") @Nullable String workloadID,
      @Doc("The interface inside the workload.") @Nullable String endpointID,
      Unknown unknown) {}
}
