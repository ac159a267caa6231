package calico.sandbox;

import calico.model.json.Json;
import calico.model.resource.ResourceCodec;
import calico.model.resource.Unknown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a sandbox has made or is about to make, on disk. Written before each thing is made. Safe for
 * use by several threads.
 */
public final class SandboxState {
  private final Path file;
  private Content content;

  private SandboxState(Path file, Content content) {
    this.file = file;
    this.content = content;
  }

  /** A process, told from a later one with the same pid by when it started. */
  public record ProcessRef(String name, long pid, String started, Unknown unknown) {
    static ProcessRef of(String name, ProcessHandle handle) {
      return new ProcessRef(
          name,
          handle.pid(),
          handle.info().startInstant().map(Object::toString).orElse(""),
          Unknown.NONE);
    }

    /** The process, if it is still the same one. */
    public Optional<ProcessHandle> find() {
      return ProcessHandle.of(pid)
          .filter(h -> h.info().startInstant().map(Object::toString).orElse("").equals(started));
    }
  }

  /**
   * A node, router or workload.
   *
   * @param datastore endpoint at which a node reaches it, else null
   */
  public record Member(
      String name,
      String kind,
      String netns,
      String node,
      @Nullable String namespace,
      @Nullable String ip,
      @Nullable String datastore,
      Unknown unknown) {}

  public record Content(
      ProcessRef supervisor,
      @Nullable String etcdEndpoint,
      List<String> namespaces,
      List<ProcessRef> processes,
      List<Member> members,
      Unknown unknown) {}

  /** Starts the state file of a new sandbox. */
  static SandboxState create(Path file) throws IOException {
    ProcessRef self = ProcessRef.of("sandbox", ProcessHandle.current());
    SandboxState state =
        new SandboxState(
            file, new Content(self, null, List.of(), List.of(), List.of(), Unknown.NONE));
    state.write(state.content);
    return state;
  }

  /** The state of a sandbox, or empty if there is none. */
  public static Optional<Content> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    return Optional.of(
        ResourceCodec.decodeRecord(Content.class, Json.parse(Files.readString(file))));
  }

  synchronized Content content() {
    return content;
  }

  synchronized void etcdEndpoint(String endpoint) {
    Content c = content;
    write(new Content(c.supervisor, endpoint, c.namespaces, c.processes, c.members, c.unknown));
  }

  synchronized void addNamespace(String namespace) {
    Content c = content;
    write(
        new Content(
            c.supervisor,
            c.etcdEndpoint,
            with(c.namespaces, namespace),
            c.processes,
            c.members,
            c.unknown));
  }

  synchronized void addProcess(ProcessRef process) {
    Content c = content;
    List<ProcessRef> processes = new ArrayList<>(c.processes);
    processes.removeIf(p -> p.name().equals(process.name()));
    processes.add(process);
    write(new Content(c.supervisor, c.etcdEndpoint, c.namespaces, processes, c.members, c.unknown));
  }

  synchronized void addMember(Member member) {
    Content c = content;
    List<Member> members = new ArrayList<>(c.members);
    members.removeIf(m -> m.name().equals(member.name()));
    members.add(member);
    write(new Content(c.supervisor, c.etcdEndpoint, c.namespaces, c.processes, members, c.unknown));
  }

  private static <T> List<T> with(List<T> list, T item) {
    List<T> out = new ArrayList<>(list);
    out.add(item);
    return out;
  }

  private synchronized void write(Content next) {
    content = next;
    try {
      Files.createDirectories(file.getParent());
      Path temporary = file.resolveSibling(file.getFileName() + ".new");
      Files.writeString(temporary, Json.printPretty(ResourceCodec.encodeRecord(next)));
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("cannot write the sandbox's state file " + file, e);
    }
  }
}
