package calico.ctl;

import calico.cli.Command;
import calico.cli.Verb;
import calico.datastore.Datastore;
import calico.felix.PolicyTrace;
import calico.felix.calc.Decision;
import calico.felix.calc.Flow;
import calico.model.resource.Protocol;
import org.jspecify.annotations.Nullable;

final class TraceCommand implements Verb {
  private static final int PORTS = 65535;

  private final Session session;

  String source = "";
  String destination = "";
  String traffic = "";
  @Nullable Integer sourcePort;
  DatastoreOptions connection = new DatastoreOptions();

  TraceCommand(Session session) {
    this.session = session;
  }

  @Override
  public void declare(Command trace) {
    trace
        .description(
            "Say what policy does with a new connection, and why.",
            "Works from the datastore alone: every step on the way through the source's egress and"
                + " the destination's ingress policy, and that of the host endpoints between, with"
                + " what each rule needs that this connection is not. Between nodes a packet is"
                + " taken to use the interface with the node's address; which HostEndpoint that is"
                + " for is known if expectedIPs or the Node's interfaces say so. Settings are those"
                + " of the FelixConfigurations; what a node's own file or environment sets is not"
                + " known.")
        .parameter(
            "SRC",
            "NAMESPACE/WORKLOAD, WORKLOAD if there is only one of that name, NODE, node/NODE, or an"
                + " address.",
            v -> source = v)
        .parameter("DST", "Likewise.", v -> destination = v)
        .parameter("PROTOCOL[/PORT]", "Such as tcp/80, udp/53, icmp, 47.", v -> traffic = v)
        .option(
            "--source-port=PORT",
            "Default: 49152, as a client's kernel could pick.",
            v -> sourcePort = port(v))
        .include(connection)
        .failureStatus(2)
        .notes("Exit status: 0 if the connection is allowed, 1 if it is denied, 2 for an error.")
        .examples(
            "calicoctl trace shop/web-1 shop/db-0 tcp/5432",
            "calicoctl trace 203.0.113.9 node/n1 tcp/22",
            "calicoctl trace shop/web-1 8.8.8.8 icmp");
  }

  @Override
  public Integer call() {
    Flow flow = flow();
    Decision decision;
    try (Datastore datastore = connection.open(session)) {
      decision = PolicyTrace.of(datastore, flow);
    } catch (IllegalArgumentException e) {
      throw new CommandException("cannot trace: %s".formatted(e.getMessage()));
    }
    session.out().println(decision);
    return decision.allowed() ? 0 : 1;
  }

  private Flow flow() {
    int slash = traffic.indexOf('/');
    String name = slash < 0 ? traffic : traffic.substring(0, slash);
    Protocol protocol = protocol(name);
    boolean ported = protocol.hasPorts();
    if (ported != slash >= 0) {
      throw new CommandException(
          ported
              ? "%s: which port? Give it as in %s/80".formatted(traffic, name)
              : "%s: %s has no ports".formatted(traffic, protocol));
    }
    int port = ported ? portOf(traffic.substring(slash + 1)) : 0;
    Flow.Peer from = Flow.Peer.parse(source);
    Flow.Peer to = Flow.Peer.parse(destination);
    return sourcePort == null
        ? Flow.of(from, to, protocol.number(), port)
        : new Flow(from, to, protocol.number(), sourcePort, port);
  }

  private static Protocol protocol(String name) {
    try {
      return Protocol.parse(name);
    } catch (IllegalArgumentException e) {
      throw new CommandException("protocol '%s': %s".formatted(name, e.getMessage()));
    }
  }

  private static int portOf(String text) {
    try {
      return port(text);
    } catch (IllegalArgumentException e) {
      throw new CommandException("port '%s': %s".formatted(text, e.getMessage()));
    }
  }

  private static int port(String text) {
    int port = Command.number(text);
    if (port < 0 || port > PORTS) {
      throw new IllegalArgumentException("a port is a number from 0 to " + PORTS);
    }
    return port;
  }
}
