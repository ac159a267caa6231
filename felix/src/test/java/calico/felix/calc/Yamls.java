package calico.felix.calc;

import calico.model.json.Yaml;
import calico.model.json.YamlDocument;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.util.ArrayList;
import java.util.List;

/** Resources from YAML, the way users write them. */
final class Yamls {
  private Yamls() {}

  static List<Resource<?>> resources(String yaml) {
    List<Resource<?>> resources = new ArrayList<>();
    for (YamlDocument document : Yaml.parse(yaml)) {
      if (document.tree() != null) {
        resources.add(ResourceCodec.decode(document.tree()));
      }
    }
    return resources;
  }
}
