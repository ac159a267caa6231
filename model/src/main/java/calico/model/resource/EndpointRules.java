package calico.model.resource;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What holds between the fields of HostEndpoints and WorkloadEndpoints. */
final class EndpointRules {
  private EndpointRules() {}

  static void check(HostEndpointSpec h, Problems problems) {
    ports(h.ports(), false, problems);
  }

  static void check(LiveMigrationSpec migration, Problems problems) {
    LiveMigrationSpec.Source source = migration.source();
    if (source != null) {
      problems.require(
          (source.workload() == null) != (source.workloadEndpoint() == null),
          "source",
          null,
          "set exactly one of workload and workloadEndpoint");
    }
    LiveMigrationSpec.Target target = migration.target();
    if (target != null) {
      problems.require(
          (target.selector() == null) != (target.workloadEndpoint() == null),
          "target",
          null,
          "set exactly one of selector and workloadEndpoint");
    }
  }

  static void check(String name, WorkloadEndpointSpec w, Problems problems) {
    name(name, w, problems);
    problems.require(
        isSet(w.interfaceName()), "interfaceName", w.interfaceName(), "the field is required");
    List<String> networks = Objects.requireNonNullElse(w.ipNetworks(), List.of());
    for (int i = 0; i < networks.size(); i++) {
      Cidr cidr = Cidr.tryParse(networks.get(i));
      problems
          .at("ipNetworks", i)
          .require(
              cidr == null || cidr.isHost(),
              "",
              networks.get(i),
              "expected a single address, /32 or /128");
    }
    nats(w, networks, problems);
    gateway("ipv4Gateway", w.ipv4Gateway(), Family.IPV4, problems);
    gateway("ipv6Gateway", w.ipv6Gateway(), Family.IPV6, problems);
    ports(w.ports(), true, problems);
  }

  /** The name repeats fields, so that it can be found from them; the two must agree. */
  private static void name(String name, WorkloadEndpointSpec w, Problems problems) {
    WorkloadEndpointName expected;
    try {
      expected = WorkloadEndpointName.of(w);
    } catch (IllegalArgumentException e) {
      problems.error("", null, String.valueOf(e.getMessage()));
      return;
    }
    if (!name.isEmpty() && !name.equals(expected.toString())) {
      problems.error(
          "", name, "by its node, orchestrator, workload and endpoint its name is " + expected);
    }
  }

  private static void nats(WorkloadEndpointSpec w, List<String> networks, Problems problems) {
    List<WorkloadEndpointSpec.IpNat> nats = Objects.requireNonNullElse(w.ipNATs(), List.of());
    for (int i = 0; i < nats.size(); i++) {
      Ip internal = Ip.tryParse(nats.get(i).internalIP());
      boolean own =
          internal == null
              || networks.stream()
                  .map(Cidr::tryParse)
                  .anyMatch(c -> c != null && c.contains(internal));
      problems
          .at("ipNATs", i)
          .require(own, "internalIP", internal, "is none of the endpoint's ipNetworks");
      Ip external = Ip.tryParse(nats.get(i).externalIP());
      problems
          .at("ipNATs", i)
          .require(
              internal == null || external == null || internal.family() == external.family(),
              "externalIP",
              external,
              "is of another IP version than internalIP");
    }
  }

  private static void gateway(
      String field, @Nullable String text, Family family, Problems problems) {
    Ip ip = text == null ? null : Ip.tryParse(text);
    if (ip != null && ip.family() != family) {
      problems.error(field, text, "expected an IPv" + family.version() + " address");
    }
  }

  private static void ports(
      @Nullable List<EndpointPort> ports, boolean mayBeUnnamed, Problems problems) {
    for (int i = 0; ports != null && i < ports.size(); i++) {
      EndpointPort port = ports.get(i);
      Problems at = problems.at("ports", i);
      at.require(
          port.protocol().hasPorts(), "protocol", port.protocol(), "expected TCP, UDP or SCTP");
      boolean mapped = mayBeUnnamed && port.hostPort() != null && port.hostPort() > 0;
      at.require(
          isSet(port.name()) || mapped,
          "name",
          port.name(),
          mayBeUnnamed ? "a port without hostPort needs a name" : "the field is required");
    }
  }

  private static boolean isSet(@Nullable String text) {
    return text != null && !text.isEmpty();
  }
}
