package calico.felix.monitor;

import calico.reconcile.EventLoop;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What failed for a reason that nobody has thought of: the rest goes on, and health tells of it
 * until the same thing goes well. For one loop.
 */
public final class Faults {
  private final EventLoop loop;
  private final String what;
  private final Runnable onChange;
  private final Map<Object, String> failed = new LinkedHashMap<>();

  /**
   * None yet.
   *
   * @param loop is told of each exception
   * @param what is done, for people, such as "calculation"
   * @param onChange run when {@link #summary} is another
   */
  public Faults(EventLoop loop, String what, Runnable onChange) {
    this.loop = loop;
    this.what = what;
    this.onChange = onChange;
  }

  /**
   * Runs something.
   *
   * @param subject what it is about, for people
   * @return whether it did not throw
   */
  public boolean guard(Object subject, Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      failed.put(subject, e.toString());
      onChange.run();
      loop.failed(
          new IllegalStateException(
              what + " of " + subject + " failed, the rest goes on without it", e));
      return false;
    }
    if (!failed.isEmpty() && failed.remove(subject) != null) {
      onChange.run();
    }
    return true;
  }

  /** Which and why; empty if there is none. */
  public String summary() {
    if (failed.isEmpty()) {
      return "";
    }
    Map.Entry<Object, String> first = failed.entrySet().iterator().next();
    return "%s of %s failed%s: %s; this is a defect, a restart begins anew"
        .formatted(
            what,
            first.getKey(),
            failed.size() == 1 ? "" : " and of " + (failed.size() - 1) + " more",
            first.getValue());
  }
}
