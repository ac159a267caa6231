package calico.netlink.nflog;

/**
 * A copy of a packet that a rule logged.
 *
 * @param prefix what the rule says of it
 * @param inputInterface index, 0 for none (the host sends it)
 * @param outputInterface index, 0 for none (it is for the host, or not routed yet)
 * @param payload from the IP header on, cut to the reader's length
 */
@SuppressWarnings("ArrayRecordComponent") // read once, never compared
public record LoggedPacket(
    String prefix, int inputInterface, int outputInterface, byte[] payload) {}
