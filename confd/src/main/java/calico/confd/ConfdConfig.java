package calico.confd;

/**
 * What the node agent tells confd.
 *
 * @param nodeName name of this machine's Node
 */
public record ConfdConfig(String nodeName) {}
