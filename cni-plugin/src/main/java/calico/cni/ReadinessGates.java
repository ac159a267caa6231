package calico.cni;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What a configuration wants to answer before a container is attached: URLs whose status is from
 * 200 to 399. Each has half a minute, and is asked every second.
 */
final class ReadinessGates {
  private static final int TRY_MILLIS = 5_000;
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(30);

  private ReadinessGates() {}

  /**
   * Waits for each.
   *
   * @param vain whether nobody wants to know any more, which ends the wait
   * @throws CniException naming the URL that did not answer in time
   */
  static void await(List<String> urls, BooleanSupplier vain) {
    for (String url : urls) {
      long deadline = System.nanoTime() + LONGEST_NANOS;
      String problem = problem(url);
      while (!problem.isEmpty() && !vain.getAsBoolean()) {
        if (System.nanoTime() > deadline) {
          throw new CniException(
              CniException.TRY_AGAIN,
              "a readiness gate is closed",
              "readiness_gates = '" + url + "': " + problem);
        }
        try {
          TimeUnit.SECONDS.sleep(1);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new CniException(
              CniException.TRY_AGAIN, "the node daemon is stopping", "try again when it runs", e);
        }
        problem = problem(url);
      }
    }
  }

  /** Why a URL is not ready, empty if it is. */
  private static String problem(String url) {
    try {
      HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
      connection.setConnectTimeout(TRY_MILLIS);
      connection.setReadTimeout(TRY_MILLIS);
      int status = connection.getResponseCode();
      connection.disconnect();
      return status >= 200 && status < 400 ? "" : "status " + status;
    } catch (IOException e) {
      return e.toString();
    } catch (IllegalArgumentException | ClassCastException e) {
      throw CniException.badConfig("readiness_gates", url, "must be an http or https URL: " + e);
    }
  }
}
