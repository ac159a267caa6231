package calico.ipam;

import calico.model.Cidr;
import calico.model.Ip;
import calico.model.resource.IpReservationSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses that are never assigned automatically. */
record Reservations(List<Cidr> cidrs) {
  static final Reservations NONE = new Reservations(List.of());

  static Reservations of(List<IpReservationSpec> specs) {
    List<Cidr> cidrs = new ArrayList<>();
    for (IpReservationSpec spec : specs) {
      List<String> reserved = spec.reservedCIDRs();
      if (reserved != null) {
        reserved.forEach(c -> cidrs.add(Cidr.parse(c)));
      }
    }
    return new Reservations(List.copyOf(cidrs));
  }

  boolean contains(Ip ip) {
    return cidrs.stream().anyMatch(c -> c.contains(ip));
  }

  /** The widest reservation that leaves nothing of {@code block}, or null. */
  @Nullable Cidr covering(Cidr block) {
    Cidr widest = null;
    for (Cidr c : cidrs) {
      if (c.contains(block) && (widest == null || c.length() < widest.length())) {
        widest = c;
      }
    }
    return widest;
  }

  /** These, as far as they concern {@code block}: usually none, which makes scanning it cheap. */
  Reservations within(Cidr block) {
    return new Reservations(cidrs.stream().filter(c -> c.overlaps(block)).toList());
  }
}
