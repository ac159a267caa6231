package calico.ipam;

/**
 * Addresses that {@link BlockWriter#promise} set aside for one request.
 *
 * @param borrowed whether the block may be another's
 */
record Promise(BlockWriter block, int count, boolean borrowed) {
  void withdraw() {
    block.withdraw(count);
  }
}
