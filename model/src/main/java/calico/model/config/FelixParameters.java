package calico.model.config;

import java.util.List;

/** The parameters of Felix, each declared once. */
public final class FelixParameters {
  private FelixParameters() {}

  public static List<Parameter<?>> all() {
    return List.of();
  }
}
