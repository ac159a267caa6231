package calico.ipam;

import calico.model.Cidr;
import calico.model.Ip;
import calico.model.resource.IpReservationSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Addresses that are never assigned automatically. */
record Reservations(List<Cidr> cidrs) {
  static final Reservations NONE = new Reservations(List.of());

  /** What a resource reserves; what is no CIDR of it is told in the log, and the rest counts. */
  static Reservations of(String name, IpReservationSpec spec) {
    List<Cidr> cidrs = new ArrayList<>();
    for (String text : Objects.requireNonNullElse(spec.reservedCIDRs(), List.<String>of())) {
      Cidr cidr = Cidr.tryParse(text);
      if (cidr == null) {
        LoggerFactory.getLogger(Reservations.class)
            .warn("IPReservation {} reserves nothing by '{}', which is no CIDR", name, text);
      } else {
        cidrs.add(cidr);
      }
    }
    return new Reservations(List.copyOf(cidrs));
  }

  static Reservations joined(Stream<Reservations> all) {
    return new Reservations(all.flatMap(r -> r.cidrs().stream()).toList());
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
