package calico.cli;

/** What declares a command, or a group of options that commands include. */
public interface Options {
  void declare(Command command);
}
