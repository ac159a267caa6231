package calico.cni;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Whom connections to the API server trust, and what they show of themselves; all in PEM. */
final class KubernetesTls {
  private static final char[] NO_PASSWORD = {};

  /** A key as PKCS #8 has it, or, with the algorithm before it, as PKCS #1 or SEC 1 have it. */
  private static final Pattern KEY =
      Pattern.compile(
          "-----BEGIN (RSA |EC |)PRIVATE KEY-----([^-]+)-----END \\1PRIVATE KEY-----",
          Pattern.DOTALL);

  private static final int DER_OCTET_STRING = 0x04;
  private static final int DER_SEQUENCE = 0x30;
  private static final byte[] DER_ZERO = {0x02, 1, 0};

  private KubernetesTls() {}

  /**
   * Makes connections.
   *
   * @param authorities that are trusted; empty: those of the Java runtime
   * @param certificate the client's, and those that lead to its authority; empty for none
   * @param key of the client's certificate
   * @throws GeneralSecurityException if one of them cannot be used
   */
  static SSLSocketFactory of(byte[] authorities, byte[] certificate, byte[] key)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own(certificate, key), trusted(authorities), null);
    return context.getSocketFactory();
  }

  private static TrustManager @Nullable [] trusted(byte[] authorities)
      throws GeneralSecurityException {
    if (authorities.length == 0) {
      return null;
    }
    KeyStore trusted = empty();
    int n = 0;
    for (Certificate certificate : certificates(authorities)) {
      trusted.setCertificateEntry("ca" + n++, certificate);
    }
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    return managers.getTrustManagers();
  }

  private static KeyManager @Nullable [] own(byte[] certificate, byte[] key)
      throws GeneralSecurityException {
    if (certificate.length == 0) {
      return null;
    }
    List<Certificate> chain = certificates(certificate);
    PrivateKey privateKey = privateKey(key, chain.getFirst().getPublicKey());
    KeyStore own = empty();
    own.setKeyEntry("own", privateKey, NO_PASSWORD, chain.toArray(Certificate[]::new));
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(own, NO_PASSWORD);
    return managers.getKeyManagers();
  }

  private static KeyStore empty() throws GeneralSecurityException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      return store;
    } catch (IOException e) {
      throw new IllegalStateException("nothing is read", e);
    }
  }

  private static List<Certificate> certificates(byte[] pem) throws CertificateException {
    List<Certificate> found =
        List.copyOf(
            CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(pem)));
    if (found.isEmpty()) {
      throw new CertificateException("there is no certificate where one was expected");
    }
    return found;
  }

  private static PrivateKey privateKey(byte[] pem, PublicKey its) throws GeneralSecurityException {
    Matcher key = KEY.matcher(new String(pem, StandardCharsets.US_ASCII));
    if (!key.find()) {
      throw new CertificateException("there is no private key, or an encrypted one");
    }
    byte[] der = Base64.getMimeDecoder().decode(key.group(2));
    byte[] pkcs8 = key.group(1).isEmpty() ? der : wrapped(der, its);
    return KeyFactory.getInstance(its.getAlgorithm())
        .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
  }

  /**
   * RFC 5958, 2: {@code SEQUENCE { INTEGER 0, AlgorithmIdentifier, OCTET STRING key }}. The
   * algorithm, and a curve, is that of the public key, whose X.509 form begins with it: {@code
   * SEQUENCE { AlgorithmIdentifier, BIT STRING key }}.
   */
  private static byte[] wrapped(byte[] key, PublicKey its) {
    byte[] x509 = its.getEncoded();
    int from = headerLength(x509, 0);
    int to = from + headerLength(x509, from) + contentLength(x509, from);
    byte[] algorithm = Arrays.copyOfRange(x509, from, to);
    return der(DER_SEQUENCE, DER_ZERO, algorithm, der(DER_OCTET_STRING, key));
  }

  /** Tag, and one byte of length or, if its first bit is set, the number of bytes that follow. */
  private static int headerLength(byte[] der, int at) {
    return der[at + 1] >= 0 ? 2 : 2 + (der[at + 1] & 0x7f);
  }

  private static int contentLength(byte[] der, int at) {
    if (der[at + 1] >= 0) {
      return der[at + 1];
    }
    int length = 0;
    for (int i = 2; i < headerLength(der, at); i++) {
      length = (length << 8) | (der[at + i] & 0xff);
    }
    return length;
  }

  /** An element of fewer than 65,536 bytes. */
  private static byte[] der(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream element = new ByteArrayOutputStream();
    element.write(tag);
    int length = content.size();
    if (length >= 0x100) {
      element.writeBytes(new byte[] {(byte) 0x82, (byte) (length >> 8)});
    } else if (length >= 0x80) {
      element.write(0x81);
    }
    element.write(length);
    element.writeBytes(content.toByteArray());
    return element.toByteArray();
  }
}
