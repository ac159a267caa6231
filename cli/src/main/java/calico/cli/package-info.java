/**
 * Command lines, declared in the words of their help.
 *
 * <p>Data flow: a class declares a command by calling the methods of {@link calico.cli.Command};
 * what is spelled {@code "-o, --output=FORMAT"} there is printed so by {@link calico.cli.Help} and
 * understood so by {@link calico.cli.CommandLine}, which hands each value to the declaration's
 * setter and runs the command. {@link calico.cli.Options} are a group that several commands
 * include; a {@link calico.cli.Verb} is a command that does something.
 *
 * <p>Invariants: the options of a command are also those of the commands below it, before and after
 * their names. Nothing here uses reflection, annotations, regular expressions or streams: a command
 * that runs once spends its time on what is interpreted and loaded. Only the command that is run is
 * made.
 *
 * <p>Reading order: Verb, Command, CommandLine, Help.
 */
@NullMarked
package calico.cli;

import org.jspecify.annotations.NullMarked;
