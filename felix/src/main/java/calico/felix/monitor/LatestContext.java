package calico.felix.monitor;

import java.security.KeyManagementException;
import java.security.SecureRandom;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A context that is made anew for each connection; if it cannot be, the latest that could is used.
 */
final class LatestContext extends SSLContext {
  private static final Logger LOG = LoggerFactory.getLogger(LatestContext.class);

  private LatestContext(SSLContext first, Supplier<SSLContext> source) {
    super(new Latest(first, source), first.getProvider(), first.getProtocol());
  }

  /**
   * Makes the first.
   *
   * @throws IllegalArgumentException if the source does
   */
  static SSLContext of(Supplier<SSLContext> source) {
    return new LatestContext(source.get(), source);
  }

  private static final class Latest extends SSLContextSpi {
    private final Supplier<SSLContext> source;
    private volatile SSLContext usable;
    private volatile String told = "";

    Latest(SSLContext first, Supplier<SSLContext> source) {
      this.usable = first;
      this.source = source;
    }

    private SSLContext latest() {
      try {
        usable = source.get();
        told = "";
      } catch (IllegalArgumentException e) {
        String why = String.valueOf(e.getMessage());
        if (!why.equals(told)) {
          LOG.error("the certificates from before are used on: {}", why);
          told = why;
        }
      }
      return usable;
    }

    @Override
    protected void engineInit(
        KeyManager @Nullable [] keys,
        TrustManager @Nullable [] trusted,
        @Nullable SecureRandom random)
        throws KeyManagementException {
      throw new KeyManagementException("this context has been initialized");
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
      return latest().createSSLEngine();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
      return latest().createSSLEngine(host, port);
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
      return latest().getSocketFactory();
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
      return latest().getServerSocketFactory();
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
      return usable.getServerSessionContext();
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
      return usable.getClientSessionContext();
    }
  }
}
