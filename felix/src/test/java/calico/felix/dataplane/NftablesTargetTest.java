package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.NftObject.NftChain;
import calico.felix.rules.NftRenderer;
import calico.felix.rules.NftRule;
import calico.felix.rules.RandomState;
import calico.felix.rules.RuleRenderer;
import calico.felix.rules.RulesConfig;
import calico.model.Family;
import calico.netlink.nftables.BaseChain;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Hook;
import calico.netlink.nftables.Match;
import calico.netlink.nftables.Nftables;
import calico.netlink.nftables.Table;
import calico.netlink.nftables.TableFamily;
import calico.reconcile.Backoff;
import calico.reconcile.Reconciler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** On the real kernel. */
class NftablesTargetTest {
  private final Lab lab = new Lab();
  private Nftables nftables = Nftables.open(lab.netns("host"));

  @BeforeEach
  void foreignTable() {
    lab.nft("host", "add table ip foreign");
  }

  @AfterEach
  void close() {
    nftables.close();
    assertTrue(lab.nft("host", "list tables").contains("table ip foreign"));
    lab.close();
  }

  private NftablesTarget target(Family family) {
    return target(family, () -> {});
  }

  private NftablesTarget target(Family family, Runnable onCommit) {
    RuleRenderer renderer = new NftRenderer(family, RulesConfig.defaults());
    return new NftablesTarget(
        nftables,
        new Table(family == Family.IPV4 ? TableFamily.IP : TableFamily.IP6, "calico"),
        renderer.closed("Cannot be programmed"),
        onCommit);
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void whatIsWrittenIsReadBackEqual(Family family) {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    RulesConfig reject =
        RulesConfig.defaults()
            .withEndpointToHost(RulesConfig.EndpointToHost.RETURN)
            .withDenyAction(RulesConfig.DenyAction.REJECT)
            .withFailsafes(RandomState.FAILSAFES)
            .withFloatingIps(true)
            .withMasqueradeToNodes(false)
            .withTables(new RulesConfig.Tables(3, (int) (seed & 64)));
    RuleRenderer renderer = new NftRenderer(family, reject);
    Reconciler<NftKey, NftObject> reconciler =
        new Reconciler<>(
            target(family),
            Duration.ZERO,
            new Backoff(Duration.ofNanos(1), Duration.ofNanos(1)),
            System::nanoTime,
            random);
    reconciler.inputInSync();
    Map<NftKey, NftObject> table = Map.of();
    for (int round = 0; round < 30; round++) {
      Map<NftKey, NftObject> next =
          RenderedTable.of(renderer, RandomState.ofTables(random).state());
      table.keySet().stream().filter(k -> !next.containsKey(k)).forEach(reconciler::undesire);
      next.forEach(reconciler::desire);
      table = next;
      Reconciler.Outcome<NftKey> outcome = reconciler.apply();
      if (outcome.broken() != null) {
        throw new AssertionError("seed " + seed, outcome.broken());
      }
      assertEquals(Map.of(), outcome.failed(), "seed " + seed);
      Map<NftKey, NftObject> back = target(family).list();
      assertEquals(table.keySet(), back.keySet(), "seed " + seed);
      assertEquals(table, back, "seed " + seed);
    }
  }

  @Test
  void aChainThatTheKernelRefusesDeniesAndHoldsUpNoOther() {
    NftablesTarget target = target(Family.IPV4);
    target.list();
    NftKey bad = new NftKey.ChainKey("bad");
    NftKey good = new NftKey.ChainKey("good");
    NftKey user = new NftKey.ChainKey("user");
    Map<NftKey, Exception> failed =
        target.apply(
            Map.of(
                bad, chain(new Expr.Lookup("no-such-set", Expr.REG_1, false)),
                good, chain(Match.accept()),
                user, chain(Match.jump("bad"))),
            Set.of());
    assertEquals(Set.of(bad), failed.keySet());
    String listing = lab.nft("host", "list table ip calico");
    assertTrue(listing.contains("Cannot be programmed"), listing);
    assertTrue(listing.contains("jump bad"), listing);
    assertTrue(listing.contains("accept"), listing);
  }

  /** Until it is detached the kernel has its old rules, with the new ones of what they lead to. */
  @Test
  void anAttachedChainIsEmptiedWhenWhatItLeadsToChanges() {
    List<String> listings = new ArrayList<>();
    NftablesTarget target =
        target(Family.IPV4, () -> listings.add(lab.nft("host", "list table ip calico")));
    target.list();
    NftKey attached = new NftKey.ChainKey("attached");
    NftKey policy = new NftKey.ChainKey("policy");
    NftRule jump = NftRule.of("test", List.of(Match.jump("policy")));
    NftChain base = new NftChain(BaseChain.filter(Hook.FORWARD, 0), List.of(jump));
    target.apply(Map.of(attached, base, policy, chain()), Set.of());
    listings.clear();
    assertEquals(Map.of(), target.apply(Map.of(policy, chain(Match.accept())), Set.of(attached)));
    assertEquals(
        List.of(true, false),
        listings.stream().map(listing -> listing.contains("hook forward")).toList());
    assertTrue(
        listings.stream().noneMatch(listing -> listing.contains("jump policy")),
        listings.toString());
  }

  @Test
  void aCommitOfAnybodyElseIsNoticedWithoutReadingBack() {
    NftablesTarget target = target(Family.IPV4);
    NftablesTarget other = target(Family.IPV6);
    target.list();
    assertTrue(target.isUntouched());
    assertEquals(
        Map.of(),
        target.apply(Map.of(new NftKey.ChainKey("one"), chain(Match.accept())), Set.of()));
    assertEquals(
        Map.of(), other.apply(Map.of(new NftKey.ChainKey("two"), chain(Match.accept())), Set.of()));
    assertTrue(target.isUntouched(), "our own commits are known");
    lab.nft("host", "flush chain ip calico one");
    assertFalse(target.isUntouched());
    target.list();
    assertTrue(target.isUntouched());
  }

  private static NftChain chain(Expr... expressions) {
    return new NftChain(null, List.of(NftRule.of("test", List.of(expressions))));
  }

  @Test
  void aTableThatSomebodyDeletedIsMadeAgain() {
    RuleRenderer renderer = new NftRenderer(Family.IPV4, RulesConfig.defaults());
    long[] now = {0};
    Reconciler<NftKey, NftObject> reconciler =
        new Reconciler<>(
            target(Family.IPV4), Duration.ZERO, Backoff.DEFAULT, () -> now[0], new Random(1));
    renderer.always().objects().forEach(reconciler::desire);
    assertNull(reconciler.apply().broken());
    String before = lab.nft("host", "list table ip calico");
    lab.nft("host", "delete table ip calico");
    NftKey one = new NftKey.ChainKey("one");
    reconciler.desire(one, chain(Match.jump("filter-cali-FORWARD")));
    reconciler.apply();
    now[0] += Duration.ofSeconds(10).toNanos();
    reconciler.apply();
    assertTrue(reconciler.isInSync());
    reconciler.inputInSync();
    reconciler.undesire(one);
    reconciler.apply();
    assertEquals(before.lines().count(), lab.nft("host", "list table ip calico").lines().count());
  }
}
