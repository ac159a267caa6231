package calico.model.resource;

import calico.model.schema.Default;
import calico.model.schema.Doc;
import calico.model.schema.IsCidr;
import calico.model.schema.IsDuration;
import calico.model.schema.IsName;
import calico.model.schema.IsSelector;
import calico.model.schema.OneOf;
import calico.model.schema.Range;
import calico.model.schema.Size;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Settings of the controllers that run beside Kubernetes; one object, "default". */
public record KubeControllersConfigurationSpec(
    @Doc("Least severe of the events that are logged.")
        @OneOf({"None", "Debug", "Info", "Warning", "Error", "Fatal", "Panic"})
        @Default("\"Info\"")
        @Nullable String logSeverityScreen,
    @Doc("Whether the health endpoints are served.")
        @OneOf({"Enabled", "Disabled"})
        @Default(value = "\"Enabled\"", stored = true)
        @Nullable String healthChecks,
    @Doc("How often etcd is told to forget old revisions; 0 is never.")
        @IsDuration
        @Default("\"10m0s\"")
        @Nullable String etcdV3CompactionPeriod,
    @Doc("TCP port on which metrics are served; 0 is off.")
        @Range(min = 0, max = 65535)
        @Default(value = "9094", stored = true)
        @Nullable Integer prometheusMetricsPort,
    @Doc("The controllers; one that is not named here does not run.")
        @Default(value = "{}", stored = true)
        @Nullable Controllers controllers,
    @Doc("TCP port on which profiles of the process are served; unset is off.")
        @Range(min = 0, max = 65535)
        @Nullable Integer debugProfilePort,
    Unknown unknown) {

  public record Controllers(
      @Doc("Removes what nodes leave behind.") @Nullable NodeController node,
      @Doc("Writes Kubernetes' network policies into etcd.") @Nullable Reconciled policy,
      @Doc("Writes the labels of pods into etcd.") @Nullable Reconciled workloadEndpoint,
      @Doc("Writes service accounts into etcd, as profiles.") @Nullable Reconciled serviceAccount,
      @Doc("Writes namespaces into etcd, as profiles.") @Nullable Reconciled namespace,
      @Doc("Assigns addresses to services of type LoadBalancer.")
          @Nullable LoadBalancerController loadBalancer,
      @Doc("Brings data of old versions into today's form.")
          @Nullable MigrationController migration,
      Unknown unknown) {}

  /** A controller with nothing else to set. */
  public record Reconciled(
      @Doc("How often everything is compared again.") @IsDuration @Default("\"5m0s\"")
          @Nullable String reconcilerPeriod,
      Unknown unknown) {}

  public record NodeController(
      @Doc("How often everything is compared again.") @IsDuration @Default("\"5m0s\"")
          @Nullable String reconcilerPeriod,
      @Doc("Whether labels of Kubernetes' nodes are copied to Calico's.")
          @OneOf({"Enabled", "Disabled"})
          @Default("\"Enabled\"")
          @Nullable String syncLabels,
      @Doc("Host endpoints that are made for nodes.") @Nullable AutoHostEndpoint hostEndpoint,
      @Doc("How long an address must be without owner to be released; 0 is never.")
          @IsDuration
          @Default(value = "\"15m0s\"", stored = true)
          @Nullable String leakGracePeriod,
      Unknown unknown) {}

  public record AutoHostEndpoint(
      @Doc("Whether host endpoints are made.")
          @OneOf({"Enabled", "Disabled"})
          @Default("\"Disabled\"")
          @Nullable String autoCreate,
      @Doc("Whether each node gets one for all its interfaces.")
          @OneOf({"Enabled", "Disabled"})
          @Default("\"Enabled\"")
          @Nullable String createDefaultHostEndpoint,
      @Doc("Further host endpoints for each node.") @Size(max = 500)
          @Nullable List<Template> templates,
      Unknown unknown) {}

  public record Template(
      @Doc("End of the host endpoints' names; each template has another.") @IsName
          @Nullable String generateName,
      @Doc("Only node addresses in these prefixes are expected on the interface.") @IsCidr
          @Nullable List<String> interfaceCIDRs,
      @Doc("Regular expression for interfaces; each that matches gets a host endpoint.")
          @Nullable String interfacePattern,
      @Doc("Labels of the host endpoints.") @Nullable Map<String, String> labels,
      @Doc("Annotations of the host endpoints.") @Nullable Map<String, String> annotations,
      @Doc("Nodes for which it holds; unset is all.") @IsSelector @Nullable String nodeSelector,
      Unknown unknown) {}

  public record LoadBalancerController(
      @Doc("Services that get addresses: all, or those that ask.")
          @OneOf({"AllServices", "RequestedServicesOnly"})
          @Default(value = "\"AllServices\"", stored = true)
          @Nullable String assignIPs,
      Unknown unknown) {}

  public record MigrationController(
      @Doc("Whether policies get the names that users gave them.")
          @OneOf({"Enabled", "Disabled"})
          @Default(value = "\"Enabled\"", stored = true)
          @Nullable String policyNameMigrator,
      Unknown unknown) {}
}
