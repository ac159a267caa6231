package calico.felix.rules;

/** Seen from the endpoint. */
enum Direction {
  INGRESS,
  EGRESS;

  String text() {
    return this == INGRESS ? "ingress" : "egress";
  }
}
