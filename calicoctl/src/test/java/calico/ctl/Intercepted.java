package calico.ctl;

import calico.datastore.Datastore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
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
