package calico.cni;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs the stages of one call, one after the other or at once, and tells how long each took. */
record Stages(CallObserver observer, CniRequest.Command command) {

  <T extends @Nullable Object> T run(String stage, Supplier<T> action) {
    long began = System.nanoTime();
    try {
      return action.get();
    } finally {
      observer.took(command.name(), stage, System.nanoTime() - began);
    }
  }

  void run(String stage, Runnable action) {
    run(
        stage,
        () -> {
          action.run();
          return stage;
        });
  }

  /** Begins a stage beside others; {@link #join} waits for it. */
  <T> CompletableFuture<T> begin(String stage, Supplier<T> action) {
    return CompletableFuture.supplyAsync(
        () -> run(stage, action), task -> Thread.ofVirtual().name("cni-" + stage).start(task));
  }

  CompletableFuture<?> begin(String stage, Runnable action) {
    return begin(
        stage,
        () -> {
          action.run();
          return stage;
        });
  }

  /** What a stage brought; throws what it threw. */
  static <T> T join(CompletableFuture<T> stage) {
    try {
      return stage.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }
}
