package calico.datastore;

import org.jspecify.annotations.Nullable;

/**
 * The datastore refused or could not be reached. The message says what was asked and what to do.
 */
public class DatastoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DatastoreException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** The key has a value already. */
  public static final class AlreadyExists extends DatastoreException {
    private static final long serialVersionUID = 1;

    public AlreadyExists(Object key) {
      super("resource already exists: " + key, null);
    }
  }

  /** The key has no value. */
  public static final class DoesNotExist extends DatastoreException {
    private static final long serialVersionUID = 1;

    public DoesNotExist(Object key) {
      super("resource does not exist: " + key, null);
    }
  }

  /** The value changed since it was read. */
  public static final class Conflict extends DatastoreException {
    private static final long serialVersionUID = 1;

    public Conflict(Object key) {
      super("update conflict: " + key + " has changed since it was read; read it again", null);
    }
  }

  /** The revision to watch from has been compacted away: list again. */
  public static final class Compacted extends DatastoreException {
    private static final long serialVersionUID = 1;

    public Compacted(String message) {
      super(message, null);
    }
  }

  /** No answer: the datastore is down, unreachable or overloaded. Worth trying again. */
  public static final class Unavailable extends DatastoreException {
    private static final long serialVersionUID = 1;

    public Unavailable(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** This datastore cannot do that with this key, however often it is asked. */
  public static final class NotSupported extends DatastoreException {
    private static final long serialVersionUID = 1;

    /**
     * @param operation Create, Update, Delete, Get, List or Watch
     * @param object a key or a query
     */
    public NotSupported(String operation, Object object, String reason) {
      super("operation " + operation + " is not supported on " + object + ": " + reason, null);
    }
  }
}
