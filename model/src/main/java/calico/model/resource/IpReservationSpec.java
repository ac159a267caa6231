package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.IsCidr;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses that are never assigned automatically. */
public record IpReservationSpec(
    @Doc("The addresses.") @IsCidr @Nullable List<String> reservedCIDRs, Unknown unknown) {}
