package calico.model.resource;

import org.jspecify.annotations.Nullable;

/** Between a JSON tree and a value of one type. Null stands for an absent value on both sides. */
interface TreeCodec {
  /**
   * @throws DecodeException naming the field in the tree, if that has another shape
   */
  @Nullable Object decode(@Nullable Object tree);

  @Nullable Object encode(@Nullable Object value);
}
