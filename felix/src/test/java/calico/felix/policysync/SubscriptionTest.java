package calico.felix.policysync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey.Endpoint;
import calico.felix.state.StateKey.ProfileId;
import calico.felix.state.StateKey.SetId;
import calico.model.Cidr;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What changes while a client does not read. */
class SubscriptionTest {
  private static final Endpoint ENDPOINT = new Endpoint("k8s", "ns/pod", "eth0");
  private static final ProfileId PROFILE = new ProfileId("p");
  private static final SetId SET = new SetId("s:set");

  private final NodeState state = new NodeState();
  private final SlowClient client = new SlowClient();
  private final Subscription subscription =
      new Subscription(ENDPOINT, state, new Identities(), client);

  private void apply(StateChange... changes) {
    for (StateChange change : changes) {
      state.accept(change);
      subscription.onChange(change);
    }
    subscription.send();
  }

  private static Member net(int i) {
    return new Member.Net(Cidr.parse("10.0." + (i >> 8) + "." + (i & 255) + "/32"));
  }

  private static StateChange set(Member... members) {
    return new StateChange.Put<>(SET, new AddressSet(AddressSet.Type.NETS, Set.of(members)));
  }

  private static StateChange profile(SetId... sets) {
    ResolvedRule.Side source =
        new ResolvedRule.Side(
            List.of(),
            List.of(),
            List.of(sets),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of());
    ResolvedRule rule =
        new ResolvedRule(
            ResolvedRule.Action.ALLOW,
            null,
            null,
            null,
            null,
            null,
            source,
            ResolvedRule.Side.ANY,
            Map.of());
    return new StateChange.Put<>(PROFILE, new ProfileRules(List.of(rule), List.of()));
  }

  private static StateChange gained(Member member) {
    return new StateChange.MembersChanged(SET, Set.of(member), Set.of());
  }

  @BeforeEach
  void startWithASetOfOne() {
    client.room = 100;
    apply(
        set(net(0)),
        profile(SET),
        new StateChange.Put<>(
            ENDPOINT, new LocalEndpoint("cali1", null, List.of(), List.of(), List.of(PROFILE))),
        new StateChange.InSync());
    assertTrue(client.view.inSync);
    client.room = 0;
  }

  @Test
  void aSetThatGoesAndComesBackIsSentAsItIsThen() {
    apply(set(net(0), net(1), net(2)));
    client.room = 1;
    subscription.send();
    client.room = 0;
    apply(gained(net(3)));
    apply(profile(), new StateChange.Removed(SET));
    apply(set(net(0), net(3)), profile(SET));
    client.room = 100;
    subscription.send();
    assertEquals(Map.of("s:set", Set.of("10.0.0.0/32", "10.0.0.3/32")), client.view.sets);
  }

  @Test
  void whatIsOwedIsNeverMoreThanTheSet() {
    for (int i = 1; i < 1000; i++) {
      apply(gained(net(i)), new StateChange.MembersChanged(SET, Set.of(), Set.of(net(i - 1))));
    }
    int before = client.view.messages;
    client.room = 100;
    subscription.send();
    assertEquals(1, client.view.messages - before);
    assertEquals(Map.of("s:set", Set.of("10.0.3.231/32")), client.view.sets);
  }
}
