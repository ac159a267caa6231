package calico.ctl;

import calico.model.resource.Kind;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A table per list; resources of one kind that were asked for by name share one.
 *
 * @param headings null for those of the kind
 */
record Tables(@Nullable List<String> headings, boolean wide, boolean withNamespace)
    implements Output {

  /** In metadata, as Kubernetes has it; a watch reports a deleted resource with it. */
  static final String DELETED = "deletionTimestamp";

  /** How many rows of a list decide the widths of its columns. */
  private static final int ROWS_FOR_WIDTHS = 1000;

  @Override
  public String print(List<Resource<?>> found, Supplier<String> clusterAs) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < found.size(); ) {
      Kind<?> kind = found.get(i).kind();
      int from = i;
      while (i < found.size() && found.get(i).kind().equals(kind)) {
        i++;
      }
      Columns<?> columns = Columns.of(kind);
      List<String> shown = shown(columns);
      out.append(AlignedTable.of(shown, rows(columns, shown, found.subList(from, i), clusterAs)))
          .append('\n');
    }
    return out.toString();
  }

  @Override
  public Output.Pages list(Kind<?> kind, Consumer<String> out, Supplier<String> clusterAs) {
    return new Rows(Columns.of(kind), out, clusterAs);
  }

  @Override
  public Output.Pages stream(Kind<?> kind, Consumer<String> out, Supplier<String> clusterAs) {
    return list(kind, out, clusterAs);
  }

  private List<String> shown(Columns<?> columns) {
    if (headings == null) {
      return columns.headings(wide, withNamespace);
    }
    columns.require(headings);
    List<String> shown = new ArrayList<>();
    if (withNamespace && columns.kind().namespaced()) {
      shown.add("NAMESPACE");
    }
    shown.addAll(headings);
    return shown;
  }

  private static List<List<String>> rows(
      Columns<?> columns,
      List<String> shown,
      List<? extends Resource<?>> resources,
      Supplier<String> clusterAs) {
    List<List<String>> rows = new ArrayList<>();
    for (Resource<?> resource : resources) {
      rows.add(shown.stream().map(h -> columns.cell(resource, h, clusterAs)).toList());
    }
    return rows;
  }

  /** The rows of one list, as they come. */
  private final class Rows implements Output.Pages {
    private final Columns<?> columns;
    private final List<String> shown;
    private final Consumer<String> out;
    private final Supplier<String> clusterAs;
    private @Nullable AlignedTable table;

    Rows(Columns<?> columns, Consumer<String> out, Supplier<String> clusterAs) {
      this.columns = columns;
      this.shown = shown(columns);
      this.out = out;
      this.clusterAs = clusterAs;
    }

    @Override
    public void page(List<? extends Resource<?>> resources, String revision) {
      List<List<String>> rows = rows(columns, shown, resources, clusterAs);
      StringBuilder text = new StringBuilder();
      AlignedTable aligned = table;
      if (aligned == null) {
        aligned = new AlignedTable(shown, rows.subList(0, Math.min(rows.size(), ROWS_FOR_WIDTHS)));
        table = aligned;
        text.append(aligned.header());
      }
      for (int i = 0; i < rows.size(); i++) {
        aligned.row(rows.get(i), text);
        if (resources.get(i).metadata().unknown().fields().containsKey(DELETED)) {
          text.insert(text.length() - 1, "(deleted)");
        }
      }
      out.accept(text.toString());
    }

    @Override
    public void end() {
      out.accept("\n");
    }
  }
}
