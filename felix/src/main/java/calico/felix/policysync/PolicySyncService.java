package calico.felix.policysync;

import calico.felix.state.StateKey.Endpoint;
import calico.policysync.DataplaneStats;
import calico.policysync.PolicySyncGrpc;
import calico.policysync.ReportResult;
import calico.policysync.SyncRequest;
import calico.policysync.ToDataplane;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** The service on one workload's socket. Its calls run on the loop. */
final class PolicySyncService extends PolicySyncGrpc.PolicySyncImplBase {
  private final Endpoint endpoint;
  private final PolicySync policySync;

  PolicySyncService(Endpoint endpoint, PolicySync policySync) {
    this.endpoint = endpoint;
    this.policySync = policySync;
  }

  @Override
  public void sync(SyncRequest request, StreamObserver<ToDataplane> responses) {
    var stream = (ServerCallStreamObserver<ToDataplane>) responses;
    Subscription subscription = policySync.join(endpoint, new Stream(stream));
    stream.setOnReadyHandler(subscription::send);
    stream.setOnCancelHandler(() -> policySync.leave(endpoint, subscription));
    subscription.send();
  }

  private record Stream(ServerCallStreamObserver<ToDataplane> stream)
      implements Subscription.Client {
    @Override
    public boolean isReady() {
      return stream.isReady();
    }

    /** To a client that is gone, nothing; the cancellation comes after. */
    @Override
    public void send(ToDataplane message) {
      if (!stream.isCancelled()) {
        stream.onNext(message);
      }
    }

    @Override
    public void end() {
      if (!stream.isCancelled()) {
        stream.onCompleted();
      }
    }
  }

  /** Nobody collects statistics here, which the result says. */
  @Override
  public void report(DataplaneStats request, StreamObserver<ReportResult> response) {
    response.onNext(ReportResult.newBuilder().setSuccessful(false).build());
    response.onCompleted();
  }
}
