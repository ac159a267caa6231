package calico.felix.monitor;

import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * How an endpoint proves who it is, and whom it lets in.
 *
 * @param context of the certificates as they are now; asked for each connection, so that renewed
 *     ones are used at once; throws IllegalArgumentException if they cannot be used
 */
public record ServerTls(Supplier<SSLContext> context, Clients clients) {

  /** What clients have to show; whether it is believed is the context's matter. */
  public enum Clients {
    NOTHING,
    A_CERTIFICATE_IF_THEY_HAVE_ONE,
    A_CERTIFICATE
  }
}
