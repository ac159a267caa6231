package calico.netlink.nftables;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Changes to one table, in order, that {@link Nftables#commit} makes all or none of. */
public final class Batch {
  private final Table table;
  private final List<Operation> operations = new ArrayList<>();
  private int lastSetId;

  public Batch(Table table) {
    this.table = table;
  }

  public Table table() {
    return table;
  }

  public List<Operation> operations() {
    return Collections.unmodifiableList(operations);
  }

  public boolean isEmpty() {
    return operations.isEmpty();
  }

  private Batch with(Operation operation) {
    operations.add(operation);
    return this;
  }

  /** Creates the table if it is not there. */
  public Batch addTable() {
    return with(new Operation.AddTable(table));
  }

  /** Deletes the table with all its chains, rules, sets; ENOENT when it is not there. */
  public Batch deleteTable() {
    return with(new Operation.DeleteTable(table));
  }

  /** Creates a chain to jump to, if it is not there. */
  public Batch addChain(String chain) {
    return with(new Operation.AddChain(table, chain, null));
  }

  /** Creates a chain (attached to a hook when {@code base} is not null), if it is not there. */
  public Batch addChain(String chain, @Nullable BaseChain base) {
    return with(new Operation.AddChain(table, chain, base));
  }

  /** EBUSY when something jumps to it or it has rules. */
  public Batch deleteChain(String chain) {
    return with(new Operation.DeleteChain(table, chain));
  }

  /** Deletes the chain's rules. */
  public Batch flushChain(String chain) {
    return with(new Operation.FlushRules(table, chain));
  }

  /** Adds a rule at the chain's end; {@code comment} at most 253 bytes, may be empty. */
  public Batch addRule(String chain, List<Expr> expressions, String comment) {
    return with(new Operation.AddRule(table, chain, expressions, comment));
  }

  public Batch deleteRule(String chain, long handle) {
    return with(new Operation.DeleteRule(table, chain, handle));
  }

  /** Creates a set or map if it is not there. */
  public Batch addSet(SetSpec set) {
    return with(new Operation.AddSet(table, set, ++lastSetId));
  }

  /** EBUSY when a rule refers to it. */
  public Batch deleteSet(String set) {
    return with(new Operation.DeleteSet(table, set));
  }

  /** Adds elements, in as many messages as they need. */
  public Batch addElements(SetSpec set, Collection<Element> elements) {
    for (List<Element> chunk : ElementCodec.chunks(set, elements)) {
      operations.add(new Operation.AddElements(table, set, chunk));
    }
    return this;
  }

  /** Deletes elements, in as many messages as they need; each has to be there. */
  public Batch deleteElements(SetSpec set, Collection<Element> elements) {
    for (List<Element> chunk : ElementCodec.chunks(set, elements)) {
      operations.add(new Operation.DeleteElements(table, set, chunk));
    }
    return this;
  }

  /** Deletes all elements. */
  public Batch flushSet(String set) {
    return with(new Operation.FlushSet(table, set));
  }
}
