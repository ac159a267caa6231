package calico.datastore.etcd;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.Status;
import io.grpc.StatusOr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Gives gRPC all endpoints of an {@link EtcdConfig}, each with its own name for TLS. */
final class EndpointResolver extends NameResolver {
  private final List<EtcdConfig.Endpoint> endpoints;
  private final Executor executor;
  private @Nullable Listener2 listener;

  private EndpointResolver(List<EtcdConfig.Endpoint> endpoints, Executor executor) {
    this.endpoints = endpoints;
    this.executor = executor;
  }

  static Factory factory(List<EtcdConfig.Endpoint> endpoints) {
    return new Factory() {
      @Override
      public NameResolver newNameResolver(URI target, Args args) {
        Executor offload = args.getOffloadExecutor();
        return new EndpointResolver(endpoints, offload == null ? Runnable::run : offload);
      }

      @Override
      public String getDefaultScheme() {
        return "etcd";
      }
    };
  }

  @Override
  public String getServiceAuthority() {
    return endpoints.getFirst().authority();
  }

  @Override
  public void start(Listener2 toInform) {
    listener = toInform;
    refresh();
  }

  @Override
  public void refresh() {
    Listener2 toInform = listener;
    if (toInform != null) {
      executor.execute(() -> toInform.onResult(resolve()));
    }
  }

  private ResolutionResult resolve() {
    List<EquivalentAddressGroup> groups = new ArrayList<>();
    Status failure = Status.UNAVAILABLE;
    for (EtcdConfig.Endpoint endpoint : endpoints) {
      Attributes named =
          Attributes.newBuilder()
              .set(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE, endpoint.authority())
              .build();
      try {
        for (InetAddress address : InetAddress.getAllByName(endpoint.host())) {
          groups.add(
              new EquivalentAddressGroup(new InetSocketAddress(address, endpoint.port()), named));
        }
      } catch (UnknownHostException e) {
        failure =
            Status.UNAVAILABLE
                .withDescription("host of " + endpoint + " cannot be resolved")
                .withCause(e);
      }
    }
    return ResolutionResult.newBuilder()
        .setAddressesOrError(
            groups.isEmpty() ? StatusOr.fromStatus(failure) : StatusOr.fromValue(groups))
        .build();
  }

  @Override
  public void shutdown() {
    listener = null;
  }
}
