package calico.model.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import calico.model.json.Json;
import calico.model.resource.DecodeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class IpamCodecTest {
  @Test
  void readsAndWritesWhatUpstreamStored() throws IOException {
    int seen = 0;
    try (InputStream in =
        Objects.requireNonNull(IpamCodecTest.class.getResourceAsStream("stored.jsonl"))) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        Map<?, ?> entry = (Map<?, ?>) Objects.requireNonNull(Json.parse(line));
        String key = (String) Objects.requireNonNull(entry.get("key"));
        String value = Json.print(entry.get("value"));
        assertEquals(value, again(key, value), key);
        seen++;
      }
    }
    assertEquals(3, seen);
  }

  private static String again(String key, String value) {
    if (key.contains("/assignment/")) {
      return IpamCodec.print(IpamCodec.parseBlock(value));
    }
    return key.contains("/handle/")
        ? IpamCodec.print(IpamCodec.parseHandle(value))
        : IpamCodec.print(IpamCodec.parseAffinity(value));
  }

  @Test
  void keepsUnknownFieldsAndNulls() {
    String block =
        "{\"cidr\":\"fd00::/127\",\"affinity\":null,\"allocations\":[0,null],\"unallocated\":[1],"
            + "\"attributes\":[{\"alternateOwnerAttrs\":{\"a\":\"b\"}}],\"sequenceNumber\":5,"
            + "\"sequenceNumberForAllocation\":{\"0\":4},\"deleted\":false,\"new\":[1]}";
    assertEquals(block, IpamCodec.print(IpamCodec.parseBlock(block)));
    assertEquals(
        0, IpamCodec.parseBlock(block.replaceAll("\\[\\{.*}}]", "null")).attributes().size());
  }

  @Test
  void emptyAffinityIsConfirmed() {
    assertEquals(new BlockAffinity("confirmed", false), IpamCodec.parseAffinity(""));
  }

  @Test
  void configOmitsZeros() {
    assertEquals("{\"auto_allocate_blocks\":true}", IpamCodec.print(IpamConfig.DEFAULT));
    String other = "{\"strict_affinity\":true,\"maxBlocksPerHost\":3,\"x\":1}";
    assertEquals(other, IpamCodec.print(IpamCodec.parseConfig(other)));
  }

  @Test
  void errorsNameTheField() {
    DecodeException e =
        assertThrows(DecodeException.class, () -> IpamCodec.parseBlock("{\"cidr\":7}"));
    assertEquals("cidr", e.fieldPath());
  }
}
