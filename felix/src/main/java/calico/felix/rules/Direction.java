package calico.felix.rules;

/** Seen from the endpoint. */
public enum Direction {
  INGRESS,
  EGRESS;

  String text() {
    return this == INGRESS ? "ingress" : "egress";
  }
}
