package calico.cni;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A call with its variables checked.
 *
 * @param program "calico" or "calico-ipam"
 * @param netns path of the container's network namespace; may be empty for DEL
 * @param args CNI_ARGS as a map
 */
record CniRequest(
    String program,
    Command command,
    String containerId,
    String netns,
    String ifName,
    Map<String, String> args,
    Map<String, String> variables,
    String stdin) {

  enum Command {
    ADD,
    DEL,
    CHECK,
    GC,
    STATUS,
    VERSION,
    /** What upstream's executables do with {@code -t}: is what ADD needs there? */
    TEST;

    /** Whether the call is about one container. */
    boolean concernsContainer() {
      return this == ADD || this == DEL || this == CHECK;
    }
  }

  /**
   * Checks a call.
   *
   * @throws CniException naming the variable that is missing or wrong
   */
  static CniRequest of(CniExchange.Call call) {
    Map<String, String> v = call.variables();
    Command command = command(v.getOrDefault("CNI_COMMAND", ""));
    CniRequest request =
        new CniRequest(
            call.program(),
            command,
            v.getOrDefault("CNI_CONTAINERID", ""),
            v.getOrDefault("CNI_NETNS", ""),
            v.getOrDefault("CNI_IFNAME", ""),
            args(v.getOrDefault("CNI_ARGS", "")),
            v,
            call.stdin());
    if (command.concernsContainer()) {
      request.checkContainer();
    }
    return request;
  }

  /** The same call with another configuration. */
  CniRequest withStdin(String newStdin) {
    return new CniRequest(program, command, containerId, netns, ifName, args, variables, newStdin);
  }

  /** A call about one attachment, whose namespace may have gone, out of one about its network. */
  CniRequest about(Attachment attachment) {
    Map<String, String> its = new LinkedHashMap<>(variables);
    its.put("CNI_CONTAINERID", attachment.containerId());
    its.put("CNI_IFNAME", attachment.ifName());
    its.put("CNI_NETNS", "");
    its.put(
        "CNI_ARGS",
        attachment.isPod()
            ? "IgnoreUnknown=1;K8S_POD_NAMESPACE=%s;K8S_POD_NAME=%s"
                .formatted(attachment.namespace(), attachment.pod())
            : "");
    return new CniRequest(
        program,
        command,
        attachment.containerId(),
        "",
        attachment.ifName(),
        args(its.getOrDefault("CNI_ARGS", "")),
        its,
        stdin);
  }

  private void checkContainer() {
    if (!containerId.matches("[a-zA-Z0-9][a-zA-Z0-9_.-]*")) {
      throw bad("CNI_CONTAINERID", containerId, "must be letters, digits, '_', '.', '-'");
    }
    if (!ifName.matches("[^/:\\s]{1,15}") || ifName.equals(".") || ifName.equals("..")) {
      throw bad("CNI_IFNAME", ifName, "must be an interface's name, 1 to 15 characters");
    }
    if (netns.isEmpty() && command != Command.DEL) {
      throw bad("CNI_NETNS", netns, "must be the path of a network namespace");
    }
  }

  private static Command command(String text) {
    for (Command c : Command.values()) {
      if (c.name().equals(text)) {
        return c;
      }
    }
    throw bad("CNI_COMMAND", text, "must be ADD, DEL, CHECK, GC, STATUS or VERSION");
  }

  private static Map<String, String> args(String text) {
    Map<String, String> out = new LinkedHashMap<>();
    for (String pair : text.split(";", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        out.put(pair.substring(0, equals), pair.substring(equals + 1));
      } else if (!pair.isBlank()) {
        throw bad("CNI_ARGS", text, "must be KEY=VALUE pairs separated by ';'");
      }
    }
    return out;
  }

  private static CniException bad(String variable, String value, String reason) {
    return new CniException(
        CniException.BAD_ENVIRONMENT,
        "invalid environment variable",
        variable + " = '" + value + "': " + reason);
  }
}
