package calico.cli;

import java.util.concurrent.Callable;

/** A command that does something: declared first, called once its values are set. */
public interface Verb extends Options, Callable<Integer> {
  /** Does it, and returns the exit status. */
  @Override
  Integer call() throws Exception;
}
