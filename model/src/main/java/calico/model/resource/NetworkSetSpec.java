package calico.model.resource;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses and prefixes that selectors can match by the set's labels. */
public record NetworkSetSpec(@Nullable List<String> nets, Unknown unknown) {}
