package calico.datastore.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * PEM files in the JDK's terms. Keys may be PKCS #8 (RFC 5958), PKCS #1 (RFC 8017) or SEC 1 (RFC
 * 5915, curves P-256, P-384, P-521), as OpenSSL and Go read them.
 */
public final class TlsFiles {
  private static final Pattern KEY =
      Pattern.compile(
          "-----BEGIN (|RSA |EC )PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END \\1PRIVATE KEY-----");

  // AlgorithmIdentifier of RFC 8017 (rsaEncryption, NULL) and of RFC 5480 (ecPublicKey, curve).
  private static final String RSA_ALGORITHM = "300d06092a864886f70d0101010500";
  private static final List<String> EC_ALGORITHMS =
      List.of(
          "301306072a8648ce3d020106082a8648ce3d030107",
          "301006072a8648ce3d020106052b81040022",
          "301006072a8648ce3d020106052b81040023");

  private TlsFiles() {}

  /**
   * A certificate chain and its key.
   *
   * @return null if either is null
   * @throws IllegalArgumentException if they cannot be used
   */
  public static KeyManager @Nullable [] keyManagers(
      @Nullable Path certFile, @Nullable Path keyFile) {
    if (certFile == null || keyFile == null) {
      return null;
    }
    try {
      Certificate[] chain = certificates(certFile).toArray(Certificate[]::new);
      KeyStore store = emptyStore();
      store.setKeyEntry("own", privateKey(keyFile), new char[0], chain);
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, new char[0]);
      return factory.getKeyManagers();
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "TLS certificate " + certFile + " with key " + keyFile + ": " + said(e), e);
    }
  }

  /**
   * Authorities that are trusted.
   *
   * @return null if the file is, which means the JDK's own
   * @throws IllegalArgumentException if they cannot be used
   */
  public static TrustManager @Nullable [] trustManagers(@Nullable Path caFile) {
    if (caFile == null) {
      return null;
    }
    try {
      KeyStore store = emptyStore();
      int n = 0;
      for (Certificate certificate : certificates(caFile)) {
        store.setCertificateEntry("ca" + n++, certificate);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return factory.getTrustManagers();
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException("TLS certificate authority " + caFile + ": " + said(e), e);
    }
  }

  /** A context of what the other methods return. */
  public static SSLContext context(
      KeyManager @Nullable [] keyManagers, TrustManager @Nullable [] trustManagers) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keyManagers, trustManagers, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("this Java has no TLS: " + said(e), e);
    }
  }

  private static String said(Exception e) {
    return e instanceof NoSuchFileException missing
        ? "there is no file " + missing.getFile()
        : String.valueOf(e.getMessage());
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    Collection<? extends Certificate> found =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)));
    if (found.isEmpty()) {
      throw new GeneralSecurityException("no PEM certificate in " + file);
    }
    return found;
  }

  /** The key of a file, which must not be encrypted. */
  public static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
    Matcher pem = KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
    if (!pem.find()) {
      throw new GeneralSecurityException("no unencrypted PEM private key in " + file);
    }
    byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
    return switch (pem.group(1)) {
      case "RSA " -> parse(pkcs8(RSA_ALGORITHM, der), List.of("RSA"));
      case "EC " -> sec1(der);
      default -> parse(der, List.of("EC", "RSA", "EdDSA"));
    };
  }

  private static PrivateKey parse(byte[] pkcs8, List<String> algorithms)
      throws GeneralSecurityException {
    InvalidKeySpecException last = new InvalidKeySpecException("no algorithm");
    for (String algorithm : algorithms) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (InvalidKeySpecException e) {
        last = e;
      }
    }
    throw last;
  }

  /** The key names its curve by an OID that also stands in the algorithm identifier. */
  private static PrivateKey sec1(byte[] der) throws GeneralSecurityException {
    String hex = HexFormat.of().formatHex(der);
    for (String algorithm : EC_ALGORITHMS) {
      if (hex.contains(algorithm.substring(algorithm.indexOf("020106") + 4))) {
        return parse(pkcs8(algorithm, der), List.of("EC"));
      }
    }
    throw new InvalidKeySpecException("curve is none of P-256, P-384, P-521");
  }

  /** PrivateKeyInfo: SEQUENCE { INTEGER 0, AlgorithmIdentifier, OCTET STRING key }. */
  private static byte[] pkcs8(String algorithm, byte[] key) {
    String body = "020100" + algorithm + tagged("04", HexFormat.of().formatHex(key));
    return HexFormat.of().parseHex(tagged("30", body));
  }

  /** DER tag, length (two bytes long form, which DER readers accept from 256 on) and content. */
  private static String tagged(String tag, String content) {
    int length = content.length() / 2;
    String size =
        length < 128
            ? String.format("%02x", length)
            : length < 256 ? String.format("81%02x", length) : String.format("82%04x", length);
    return tag + size + content;
  }
}
