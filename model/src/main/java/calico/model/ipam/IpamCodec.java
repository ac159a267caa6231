package calico.model.ipam;

import calico.model.Cidr;
import calico.model.json.Json;
import calico.model.resource.DecodeException;
import calico.model.resource.Unknown;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** IPAM data to and from the JSON that upstream keeps in etcd. */
public final class IpamCodec {
  private IpamCodec() {}

  public static String print(AllocationBlock block) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("cidr", block.cidr().toString());
    out.put("affinity", block.affinity());
    if (block.affinityClaimTime() != null) {
      out.put("affinity_claim_time", block.affinityClaimTime());
    }
    out.put("allocations", integers(block.allocations()));
    out.put("unallocated", integers(block.unallocated()));
    out.put("attributes", block.attributes().stream().map(IpamCodec::attribute).toList());
    out.put("sequenceNumber", block.sequenceNumber());
    Map<String, @Nullable Object> sequences = new TreeMap<>();
    block.sequenceNumberForAllocation().forEach((k, v) -> sequences.put(k.toString(), v));
    out.put("sequenceNumberForAllocation", sequences);
    out.put("deleted", block.deleted());
    out.putAll(block.unknown().fields());
    return Json.print(out);
  }

  /**
   * @throws DecodeException naming the field
   * @throws calico.model.json.JsonException if the text is not JSON
   */
  public static AllocationBlock parseBlock(String json) {
    Fields f = new Fields(Json.parse(json), "");
    List<@Nullable Integer> allocations = new ArrayList<>();
    for (Object each : f.list("allocations")) {
      allocations.add(each == null ? null : Fields.integer(each, "allocations"));
    }
    List<Integer> unallocated = new ArrayList<>();
    for (Object each : f.list("unallocated")) {
      unallocated.add(Fields.integer(each, "unallocated"));
    }
    List<AllocationBlock.Attribute> attributes = new ArrayList<>();
    for (Object each : f.list("attributes")) {
      attributes.add(attribute(new Fields(each, "attributes[" + attributes.size() + "]")));
    }
    Map<Integer, Long> sequences = new LinkedHashMap<>();
    Fields bySequence = new Fields(f.take("sequenceNumberForAllocation", Map.of()), "");
    for (String key : bySequence.names()) {
      sequences.put(Fields.integer(key, "sequenceNumberForAllocation"), bySequence.number(key, 0));
    }
    return new AllocationBlock(
        cidr(f.string("cidr")),
        f.stringOrNull("affinity"),
        f.stringOrNull("affinity_claim_time"),
        Collections.unmodifiableList(allocations),
        List.copyOf(unallocated),
        List.copyOf(attributes),
        f.number("sequenceNumber", 0),
        Collections.unmodifiableMap(sequences),
        f.flag("deleted", false),
        f.unknown());
  }

  public static String print(BlockAffinity affinity) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("state", affinity.state());
    out.put("deleted", affinity.deleted());
    return Json.print(out);
  }

  /** As {@link #parseBlock}; the empty text of old versions means confirmed. */
  public static BlockAffinity parseAffinity(String json) {
    if (json.isEmpty()) {
      return new BlockAffinity("confirmed", false);
    }
    Fields f = new Fields(Json.parse(json), "");
    String state = f.stringOrNull("state");
    return new BlockAffinity(
        state == null || state.isEmpty() ? "confirmed" : state, f.flag("deleted", false));
  }

  public static String print(IpamHandle handle) {
    Map<String, @Nullable Object> blocks = new TreeMap<>();
    handle.blocks().forEach((cidr, n) -> blocks.put(cidr.toString(), (long) n));
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("block", blocks);
    out.put("deleted", handle.deleted());
    return Json.print(out);
  }

  /** As {@link #parseBlock}. */
  public static IpamHandle parseHandle(String json) {
    Fields f = new Fields(Json.parse(json), "");
    Map<Cidr, Integer> blocks = new LinkedHashMap<>();
    Fields byBlock = new Fields(f.take("block", Map.of()), "block");
    for (String key : byBlock.names()) {
      blocks.put(cidr(key), Math.toIntExact(byBlock.number(key, 0)));
    }
    return new IpamHandle(Collections.unmodifiableMap(blocks), f.flag("deleted", false));
  }

  public static String print(IpamConfig config) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    putUnlessZero(out, "strict_affinity", config.strictAffinity());
    putUnlessZero(out, "auto_allocate_blocks", config.autoAllocateBlocks());
    putUnlessZero(out, "maxBlocksPerHost", (long) config.maxBlocksPerHost());
    putUnlessZero(out, "ipCooldownSeconds", (long) config.ipCooldownSeconds());
    out.putAll(config.unknown().fields());
    return Json.print(out);
  }

  /** As {@link #parseBlock}. */
  public static IpamConfig parseConfig(String json) {
    Fields f = new Fields(Json.parse(json), "");
    return new IpamConfig(
        f.flag("strict_affinity", false),
        f.flag("auto_allocate_blocks", false),
        Math.toIntExact(f.number("maxBlocksPerHost", 0)),
        Math.toIntExact(f.number("ipCooldownSeconds", 0)),
        f.unknown());
  }

  private static void putUnlessZero(Map<String, @Nullable Object> out, String name, Object value) {
    if (!value.equals(false) && !value.equals(0L)) {
      out.put(name, value);
    }
  }

  private static List<@Nullable Object> integers(List<@Nullable Integer> values) {
    List<@Nullable Object> out = new ArrayList<>(values.size());
    for (Integer each : values) {
      out.add(each == null ? null : (Object) each.longValue());
    }
    return out;
  }

  private static Map<String, @Nullable Object> attribute(AllocationBlock.Attribute a) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    if (a.handleId() != null) {
      out.put("handle_id", a.handleId());
    }
    if (!a.secondary().isEmpty()) {
      out.put("secondary", new TreeMap<>(a.secondary()));
    }
    if (a.releasedAt() != null) {
      out.put("releasedAt", a.releasedAt());
    }
    out.putAll(a.unknown().fields());
    return out;
  }

  private static AllocationBlock.Attribute attribute(Fields f) {
    Fields secondary = new Fields(f.take("secondary", Map.of()), "secondary");
    Map<String, String> values = new LinkedHashMap<>();
    for (String key : secondary.names()) {
      values.put(key, secondary.string(key));
    }
    return new AllocationBlock.Attribute(
        f.stringOrNull("handle_id"),
        Collections.unmodifiableMap(values),
        f.stringOrNull("releasedAt"),
        f.unknown());
  }

  private static Cidr cidr(String text) {
    Cidr cidr = Cidr.tryParse(text);
    if (cidr == null) {
      throw new DecodeException("cidr", text, "expected an IP prefix");
    }
    return cidr;
  }

  /** The members of a JSON object, each taken once; those left over are unknown. */
  private static final class Fields {
    private final Map<String, @Nullable Object> left = new LinkedHashMap<>();
    private final String path;

    Fields(@Nullable Object tree, String path) {
      if (!(tree instanceof Map<?, ?> map)) {
        throw new DecodeException(path, tree, "expected an object");
      }
      map.forEach((k, v) -> left.put(String.valueOf(k), v));
      this.path = path;
    }

    List<String> names() {
      return List.copyOf(left.keySet());
    }

    Unknown unknown() {
      return left.isEmpty() ? Unknown.NONE : new Unknown(left);
    }

    Object take(String name, Object absent) {
      Object value = left.remove(name);
      return value == null ? absent : value;
    }

    List<?> list(String name) {
      Object value = take(name, List.of());
      if (value instanceof List<?> list) {
        return list;
      }
      throw new DecodeException(at(name), value, "expected a list");
    }

    @Nullable String stringOrNull(String name) {
      Object value = left.remove(name);
      if (value == null || value instanceof String) {
        return (String) value;
      }
      throw new DecodeException(at(name), value, "expected a string");
    }

    String string(String name) {
      String value = stringOrNull(name);
      if (value == null) {
        throw new DecodeException(at(name), null, "the field is required");
      }
      return value;
    }

    long number(String name, long absent) {
      Object value = take(name, absent);
      if (value instanceof Long n) {
        return n;
      }
      throw new DecodeException(at(name), value, "expected an integer of 64 bits");
    }

    boolean flag(String name, boolean absent) {
      Object value = take(name, absent);
      if (value instanceof Boolean b) {
        return b;
      }
      throw new DecodeException(at(name), value, "expected true or false");
    }

    private String at(String name) {
      return path.isEmpty() ? name : path + "." + name;
    }

    static int integer(@Nullable Object value, String path) {
      try {
        return Integer.parseInt(String.valueOf(value));
      } catch (NumberFormatException e) {
        throw new DecodeException(path, value, "expected an integer of 32 bits");
      }
    }
  }
}
