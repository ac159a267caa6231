package calico.cni;

/** Is told what calls take. Called from any thread; must not block. */
public interface CallObserver {

  /** Tells nobody. */
  CallObserver NONE =
      new CallObserver() {
        @Override
        public void took(String command, String stage, long nanos) {}

        @Override
        public void failed(int code) {}
      };

  /**
   * A stage of a call has ended, well or not.
   *
   * @param command ADD, DEL ...
   * @param stage "ready", "read", "pod", "make", "profile", "address", "wire", "silence",
   *     "endpoint", "dataplane", some of them at once, or "all": the whole call
   */
  void took(String command, String stage, long nanos);

  /** A call has failed, with that code of the CNI specification. */
  void failed(int code);
}
