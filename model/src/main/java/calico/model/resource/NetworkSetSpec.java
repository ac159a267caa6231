package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.IsCidr;
import calico.model.schema.Unique;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses and prefixes that selectors can match by the set's labels. */
public record NetworkSetSpec(
    @Doc("The addresses and prefixes.") @IsCidr @Unique @Nullable List<String> nets,
    Unknown unknown) {}
