/**
 * Command lines, declared in the words of their help.
 *
 * <p>Data flow: a class declares a command by calling the methods of {@link calico.cli.Command};
 * what is spelled {@code "-o, --output=FORMAT"} there is printed so by {@link calico.cli.Help} and
 * understood so by {@link calico.cli.CommandLine}, which hands each value to the declaration's
 * setter and runs the command. {@link calico.cli.Options} are a group that several commands
 * include; a {@link calico.cli.Verb} is a command that does something. What fails is {@link
 * calico.cli.Failures}'.
 *
 * <p>Invariants: the options of a command that only groups others are also those of the commands
 * below it, before and after their names; a verb's options are its own. Only the command that is
 * run is made. Reflection, annotations and regular expressions are not used, streams only for the
 * help: a command that runs once spends its time on what is interpreted and loaded.
 *
 * <p>Reading order: Verb, Command, CommandLine, Help.
 */
@NullMarked
package calico.cli;

import org.jspecify.annotations.NullMarked;
