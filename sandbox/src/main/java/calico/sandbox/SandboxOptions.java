package calico.sandbox;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What to bring up.
 *
 * @param fabric how nodes are connected
 * @param backend how nodes reach each other's workloads
 * @param etcd endpoints of an etcd of the user's own, or null: start one
 * @param policies file or directory with resources to apply, or null: the built-in example
 * @param expected the matrix that must result, or null
 * @param stepTimeout how long any one step may take
 */
public record SandboxOptions(
    String name,
    Topology topology,
    FabricKind fabric,
    Backend backend,
    @Nullable String etcd,
    @Nullable Path policies,
    @Nullable Matrix expected,
    boolean color,
    boolean once,
    Duration stepTimeout) {}
