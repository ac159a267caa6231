package calico.ctl;

import calico.datastore.Datastore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;

/** Runs the command line on a datastore and keeps what it prints. */
record Console(int status, String out, String err) {

  static Console run(Datastore datastore, String... args) {
    return runWithInput(datastore, "", args);
  }

  static Console runWithInput(Datastore datastore, String stdin, String... args) {
    return runWithEnv(datastore, Map.of(), stdin, args);
  }

  static Console runWithEnv(
      Datastore datastore, Map<String, String> env, String stdin, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Session session =
        new Session(
            env,
            new ByteArrayInputStream(stdin.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            _ -> Intercepted.neverClosed(datastore),
            UUID::randomUUID);
    int status = CalicoctlCommand.run(args, session);
    return new Console(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
