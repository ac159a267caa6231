package calico.model.resource;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses that are never assigned automatically. */
public record IpReservationSpec(@Nullable List<String> reservedCIDRs, Unknown unknown) {}
