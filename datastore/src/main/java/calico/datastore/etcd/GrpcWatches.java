package calico.datastore.etcd;

import calico.datastore.DatastoreException;
import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.WatchCancelRequest;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All watches of a client over one stream: etcd keeps buffers per stream, which many nodes with
 * many watches each would multiply. When the stream breaks, all its watches end; the next watch
 * opens a new one. So it does after etcd has refused one, because etcd judges by the token that the
 * stream was opened with, which may have expired; the stream's other watches go on.
 */
final class GrpcWatches {
  private final Supplier<WatchGrpc.WatchStub> stub;
  private final BiFunction<String, Throwable, DatastoreException> failure;
  private @Nullable Stream current;

  GrpcWatches(
      Supplier<WatchGrpc.WatchStub> stub,
      BiFunction<String, Throwable, DatastoreException> failure) {
    this.stub = stub;
    this.failure = failure;
  }

  Runnable watch(EtcdClient.Range range, long revision, EtcdClient.Sink sink) {
    WatchCreateRequest create =
        WatchCreateRequest.newBuilder()
            .setKey(GrpcClient.bytes(range.from()))
            .setRangeEnd(range.to() == null ? ByteString.EMPTY : GrpcClient.bytes(range.to()))
            .setStartRevision(revision)
            .setProgressNotify(true)
            .build();
    Follower follower = new Follower(range, sink);
    Stream stream;
    synchronized (this) {
      stream = current;
      if (stream == null) {
        stream = new Stream();
        stream.requests = stub.get().watch(stream);
        current = stream;
      }
      stream.starting.add(follower);
      stream.send(WatchRequest.newBuilder().setCreateRequest(create).build());
    }
    Stream joined = stream;
    return () -> cancel(joined, follower);
  }

  private synchronized void cancel(Stream stream, Follower follower) {
    follower.closed = true;
    stream.active.entrySet().stream()
        .filter(entry -> entry.getValue() == follower)
        .map(Map.Entry::getKey)
        .findFirst()
        .ifPresent(stream::cancel);
    stream.endIfUnused();
  }

  /** One watch; its sink is called by the stream's thread. */
  private static final class Follower {
    final EtcdClient.Range range;
    private final EtcdClient.Sink sink;
    volatile boolean closed;

    Follower(EtcdClient.Range range, EtcdClient.Sink sink) {
      this.range = range;
      this.sink = sink;
    }

    void pass(Event event) {
      if (closed) {
        return;
      }
      if (event.getType() == Event.EventType.DELETE) {
        sink.onDelete(event.getKv().getKey().toStringUtf8());
      } else {
        sink.onPut(GrpcClient.keyValue(event.getKv()));
      }
    }

    void end(DatastoreException reason) {
      if (!closed) {
        closed = true;
        sink.onEnded(reason);
      }
    }
  }

  private final class Stream implements StreamObserver<WatchResponse> {
    /** Asked for but not answered: etcd answers in order. Guarded by the enclosing object. */
    final Deque<Follower> starting = new ArrayDeque<>();

    /** By watch id; guarded by the enclosing object. */
    final Map<Long, Follower> active = new HashMap<>();

    @Nullable StreamObserver<WatchRequest> requests;

    void send(WatchRequest request) {
      if (requests != null) {
        requests.onNext(request);
      }
    }

    void cancel(long id) {
      active.remove(id);
      send(
          WatchRequest.newBuilder()
              .setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(id))
              .build());
    }

    /** Ends a stream that no watch will be added to any more; guarded by the enclosing object. */
    void endIfUnused() {
      if (current != this && active.isEmpty() && starting.isEmpty() && requests != null) {
        requests.onCompleted();
        requests = null;
      }
    }

    @Override
    public void onNext(WatchResponse response) {
      Follower follower = find(response);
      if (follower == null) {
        return;
      }
      for (Event event : response.getEventsList()) {
        follower.pass(event);
      }
      if (response.getCanceled()) {
        follower.end(reason(follower, response));
      }
    }

    private @Nullable Follower find(WatchResponse response) {
      synchronized (GrpcWatches.this) {
        long id = response.getWatchId();
        if (response.getCreated()) {
          Follower created = starting.poll();
          if (response.getCanceled()) {
            // Refused: the id means nothing, it may be that of another watch.
            current = current == this ? null : current;
            endIfUnused();
            return created;
          }
          if (created != null) {
            active.put(id, created);
            if (created.closed) {
              cancel(id);
            }
          }
        }
        Follower follower = response.getCanceled() ? active.remove(id) : active.get(id);
        endIfUnused();
        return follower;
      }
    }

    private DatastoreException reason(Follower follower, WatchResponse response) {
      String asked = "watch " + follower.range.from();
      if (response.getCompactRevision() != 0) {
        return new DatastoreException.Compacted(
            asked + ": revisions before " + response.getCompactRevision() + " are compacted");
      }
      // Also said of a token that has expired.
      Status status =
          response.getCancelReason().contains("permission denied")
              ? Status.UNAUTHENTICATED
              : Status.UNAVAILABLE;
      return failure.apply(asked, status.withDescription(response.getCancelReason()).asException());
    }

    @Override
    public void onError(Throwable thrown) {
      List<Follower> ending;
      synchronized (GrpcWatches.this) {
        if (current == this) {
          current = null;
        }
        ending = new ArrayList<>(active.values());
        ending.addAll(starting);
        active.clear();
        starting.clear();
      }
      for (Follower follower : ending) {
        follower.end(failure.apply("watch " + follower.range.from(), thrown));
      }
    }

    @Override
    public void onCompleted() {
      onError(Status.UNAVAILABLE.withDescription("etcd ended the stream").asException());
    }
  }
}
