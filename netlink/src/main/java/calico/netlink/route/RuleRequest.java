package calico.netlink.route;

import calico.netlink.Message;
import calico.netlink.MessageWriter;
import calico.netlink.Request;

/** RTM_NEWRULE or RTM_DELRULE; fib_rule_hdr as drawn in {@link RtMessage}. */
record RuleRequest(int type, RoutingRule rule) implements Request {
  @Override
  public int flags() {
    return type == RtMessage.NEWRULE ? Message.CREATE | Message.EXCLUSIVE : 0;
  }

  @Override
  public void encode(MessageWriter to) {
    to.u8(rule.family().code).u8(0).u8(0).u8(0);
    to.u8(rule.table() < 256 ? rule.table() : 0).u8(0).u8(0).u8(RtMessage.FR_ACT_TO_TBL);
    to.u32(rule.inverted() ? RtMessage.FIB_RULE_INVERT : 0);
    to.u32(RtMessage.FRA_PRIORITY, rule.priority());
    to.u32(RtMessage.FRA_TABLE, rule.table());
    if (rule.mask() != 0) {
      to.u32(RtMessage.FRA_FWMARK, rule.mark());
      to.u32(RtMessage.FRA_FWMASK, rule.mask());
    }
  }

  @Override
  public String toString() {
    return (type == RtMessage.NEWRULE ? "add " : "delete ") + rule;
  }
}
