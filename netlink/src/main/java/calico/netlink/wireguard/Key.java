package calico.netlink.wireguard;

import java.security.InvalidAlgorithmParameterException;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.interfaces.XECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.util.Base64;

/**
 * A public key of Curve25519; RFC 7748.
 *
 * @param base64 its 32 bytes, as people write keys
 */
public record Key(String base64) {
  /** Bytes of a key. */
  public static final int LENGTH = 32;

  /**
   * @throws IllegalArgumentException if that is not base64 of 32 bytes
   */
  public Key {
    int length = Base64.getDecoder().decode(base64).length;
    if (length != LENGTH) {
      throw new IllegalArgumentException("a key has 32 bytes, not " + length);
    }
  }

  static Key of(byte[] bytes) {
    return new Key(Base64.getEncoder().encodeToString(bytes));
  }

  byte[] bytes() {
    return Base64.getDecoder().decode(base64);
  }

  /** The bytes of a new private key, fit for use. */
  static byte[] generatePrivate() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("X25519");
      generator.initialize(NamedParameterSpec.X25519, new SecureRandom());
      byte[] key =
          ((XECPrivateKey) generator.generateKeyPair().getPrivate()).getScalar().orElseThrow();
      key[0] &= (byte) 0xf8;
      key[LENGTH - 1] = (byte) ((key[LENGTH - 1] & 0x7f) | 0x40);
      return key;
    } catch (NoSuchAlgorithmException | InvalidAlgorithmParameterException e) {
      throw new AssertionError("every JDK has X25519", e);
    }
  }

  @Override
  public String toString() {
    return base64;
  }
}
