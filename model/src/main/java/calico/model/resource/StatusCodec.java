package calico.model.resource;

import calico.model.json.Json;

/** JSON of what Felix reports into the datastore. */
public final class StatusCodec {
  private StatusCodec() {}

  public static String print(FelixStatus status) {
    return Json.print(ResourceCodec.encodeRecord(status));
  }

  public static String print(EndpointStatus status) {
    return Json.print(ResourceCodec.encodeRecord(status));
  }

  /**
   * @throws DecodeException naming the field
   * @throws calico.model.json.JsonException if the text is not JSON
   */
  public static FelixStatus parseFelixStatus(String json) {
    return ResourceCodec.decodeRecord(FelixStatus.class, Json.parse(json));
  }

  /**
   * @throws DecodeException naming the field
   * @throws calico.model.json.JsonException if the text is not JSON
   */
  public static EndpointStatus parseEndpointStatus(String json) {
    return ResourceCodec.decodeRecord(EndpointStatus.class, Json.parse(json));
  }
}
