package calico.ctl;

import calico.datastore.Datastore;
import calico.model.key.Query;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A datastore whose calls are observed by a test. */
final class Intercepted {
  private Intercepted() {}

  /** Several commands share one datastore, so none of them may close it. */
  static Datastore neverClosed(Datastore datastore) {
    return intercept(datastore, name -> !name.equals("close"));
  }

  /** Something happens before every call of a method. */
  static Datastore before(String method, Datastore datastore, Runnable action) {
    return intercept(
        datastore,
        name -> {
          if (name.equals(method)) {
            action.run();
          }
          return true;
        });
  }

  /** Counts the pages that a listing takes. */
  static Datastore pages(Datastore datastore, AtomicInteger count) {
    return (Datastore)
        Proxy.newProxyInstance(
            Datastore.class.getClassLoader(),
            new Class<?>[] {Datastore.class},
            (_, method, args) ->
                switch (method.getName()) {
                  case "close" -> null;
                  case "scan" -> {
                    Query<?> query = (Query<?>) args[0];
                    @SuppressWarnings("unchecked") // as the interface declares it
                    Predicate<Object> pages = (Predicate<Object>) args[1];
                    yield datastore.scan(
                        query,
                        page -> {
                          count.incrementAndGet();
                          return pages.test(page);
                        });
                  }
                  default -> method.invoke(datastore, args);
                });
  }

  private interface Gate {
    /** Whether the call goes on to the datastore. */
    boolean pass(String method);
  }

  private static Datastore intercept(Datastore datastore, Gate gate) {
    return (Datastore)
        Proxy.newProxyInstance(
            Datastore.class.getClassLoader(),
            new Class<?>[] {Datastore.class},
            (_, method, args) -> {
              @Nullable Object result = null;
              try {
                if (gate.pass(method.getName())) {
                  result = method.invoke(datastore, args);
                }
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              return result;
            });
  }
}
