/**
 * The command line: files of resources into the datastore, and tables, YAML and JSON out of it.
 *
 * <p>Data flow: {@link calico.ctl.CalicoctlCommand} reads the command line and runs one verb. A
 * verb that writes reads all of its input first ({@link calico.ctl.ResourceFiles}: text, trees,
 * resources, defaults, validation; {@link calico.ctl.DidYouMean} for slips), rehearses it ({@link
 * calico.ctl.Rehearsal}: a datastore that keeps writes to itself), then writes it stage by stage
 * ({@link calico.ctl.Batch}, {@link calico.ctl.Stages}), each resource by {@link
 * calico.ctl.ResourceCommands}, which keeps to {@link calico.ctl.KindRules}, and reports ({@link
 * calico.ctl.Outcome}). A dry run ends after the rehearsal, and {@code diff} prints what it would
 * have changed, so both meet every check there is. A verb that reads prints through {@link
 * calico.ctl.Output}, whose tables are declared in {@link calico.ctl.Columns}, or {@link
 * calico.ctl.JsonPath}; lists are printed page by page, as the datastore gives them. {@link
 * calico.ctl.ResourceWatch} and {@link calico.ctl.ResourceWait} follow changes, {@link
 * calico.ctl.Relations} finds what belongs to a resource, and {@link calico.ctl.Completion} says
 * what may follow on a command line. The verbs below {@code ipam}, {@code datastore} and {@code
 * node} are a class each; what they compute about addresses is {@code calico.ipam}'s, and BIRD is
 * asked through {@code calico.confd}.
 *
 * <p>Invariants: a mistake anywhere in the input, in one resource or between two, changes nothing
 * in the datastore; what is the same already is not written; every message about input has file,
 * line, object, field, value and reason; results go to the standard output, errors and warnings to
 * the standard error; the exit status is 0 or 1, of {@code diff} also 2. Only what a command needs
 * is loaded, because most of its time is the start of the JVM.
 *
 * <p>Reading order: CalicoctlCommand, WriteCommand, ResourceFiles, InputWriter, Batch, Rehearsal,
 * ResourceCommands, KindRules, NodeDeletion, Edit, GetCommand, Output, Tables, Columns,
 * ResourceWatch, DatastoreSettings, AddressUse.
 */
@NullMarked
package calico.ctl;

import org.jspecify.annotations.NullMarked;
