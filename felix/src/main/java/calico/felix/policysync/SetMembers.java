package calico.felix.policysync;

import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import java.util.HashSet;
import java.util.Set;

/** A set as it is now. Another set of the same name later is not equal to it. */
final class SetMembers {
  final AddressSet.Type type;
  final Set<Member> members;

  SetMembers(AddressSet set) {
    this.type = set.type();
    this.members = new HashSet<>(set.members());
  }
}
