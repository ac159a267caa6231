package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.IsName;
import calico.model.schema.Required;
import org.jspecify.annotations.Nullable;

/** Where the password of a BGP session is found. */
public record BgpPassword(
    @Doc("The entry of a secret that holds it: the file NAME/KEY in /etc/calico/secrets.")
        @Nullable SecretKey secretKeyRef,
    Unknown unknown) {

  public record SecretKey(
      @Doc("Name of the secret.") @IsName @Nullable String name,
      @Doc("The entry's key.") @Required String key,
      @Doc("Whether the secret or the entry may be missing.") @Nullable Boolean optional,
      Unknown unknown) {}
}
