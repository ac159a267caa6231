/*
 * The executable that a container runtime calls for each CNI operation, installed as "calico" and as
 * "calico-ipam". It passes the call on to the node daemon and prints the daemon's answer:
 *
 *   request:  PROGRAM 00 { NAME = VALUE 00 } 00 STDIN     ends with shutdown
 *   answer:   exit status (1 byte) STDOUT                 ends with the connection
 *
 * See calico.cni.CniExchange, which reads and writes the same. Environment:
 *   CALICO_CNI_SOCKET  path of the daemon's socket, else
 *   CALICO_ROOT        what precedes /run/calico/cni.sock
 * Arguments: -v for the versions, -t to test what ADD needs, with a configuration as input.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { LIMIT = 1 << 20, TIMEOUT_SECONDS = 90, TRY_AGAIN = 11 };

static const char VERSIONS[] =
    "{\"cniVersion\":\"1.1.0\",\"supportedVersions\":"
    "[\"0.1.0\",\"0.2.0\",\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}";

extern char **environ;

static char request[LIMIT + 1];
static size_t length, input; /* input: where STDIN begins in the request */
static char path[sizeof(((struct sockaddr_un *)0)->sun_path)];

static void print_escaped(const char *text) {
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') {
            printf("\\%c", *text);
        } else if ((unsigned char)*text < 0x20) {
            printf("\\u%04x", *text);
        } else {
            putchar(*text);
        }
    }
}

/* An error must be in the version of the configuration that it is about. */
static void print_version(void) {
    const char *field = strstr(request + input, "\"cniVersion\"");
    const char *quote = field ? strchr(field + 12, '"') : NULL;
    size_t n = quote ? strspn(quote + 1, "0123456789.") : 0;
    printf("%.*s", (int)(n ? n : 5), n ? quote + 1 : "1.1.0");
}

static void fail(const char *what, const char *why) {
    printf("{\"cniVersion\":\"");
    print_version();
    printf("\",\"code\":%d,\"msg\":\"the Calico node daemon does not answer on ", TRY_AGAIN);
    print_escaped(path);
    printf("\",\"details\":\"");
    print_escaped(what);
    printf(": ");
    print_escaped(why);
    printf("; see its log, or start it with: calico node\"}\n");
    fflush(stdout);
    exit(1);
}

static const char *reason(void) { return errno == EAGAIN ? "no answer in 90 seconds" : strerror(errno); }

static void append(const char *data, size_t n) {
    if (n > LIMIT - length) {
        fail("send", "the call is longer than 1 MiB");
    }
    memcpy(request + length, data, n);
    length += n;
}

static void read_call(const char *argv0) {
    const char *slash = strrchr(argv0, '/');
    const char *program = slash ? slash + 1 : argv0;
    append(program, strlen(program) + 1);
    for (char **v = environ; *v; v++) {
        if (strncmp(*v, "CNI_", 4) == 0) {
            append(*v, strlen(*v) + 1);
        }
    }
    append("", 1);
    input = length;
    char buffer[4096];
    ssize_t n;
    while ((n = read(STDIN_FILENO, buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR)) {
        append(buffer, n > 0 ? (size_t)n : 0);
    }
}

int main(int argc, char **argv) {
    if (argc > 1 && (strcmp(argv[1], "-v") == 0 || strcmp(argv[1], "-t") == 0)) {
        setenv("CNI_COMMAND", argv[1][1] == 'v' ? "VERSION" : "TEST", 1);
    }
    const char *command = getenv("CNI_COMMAND"), *root = getenv("CALICO_ROOT");
    const char *override = getenv("CALICO_CNI_SOCKET");
    if (command && strcmp(command, "VERSION") == 0) {
        puts(VERSIONS);
        return 0;
    }
    int named = override && *override ? snprintf(path, sizeof path, "%s", override)
                                      : snprintf(path, sizeof path, "%s/run/calico/cni.sock", root ? root : "");
    read_call(argc > 0 ? argv[0] : "calico");
    if (named >= (int)sizeof path) {
        fail("connect", "the path is too long for a socket");
    }

    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {.tv_sec = TIMEOUT_SECONDS}; /* for connecting, sending and receiving */
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        fail("connect", reason());
    }
    for (size_t sent = 0; sent < length;) {
        ssize_t n = send(fd, request + sent, length - sent, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR) {
            fail("send", reason());
        }
        sent += n > 0 ? (size_t)n : 0;
    }
    shutdown(fd, SHUT_WR);

    static char answer[LIMIT];
    size_t got = 0;
    ssize_t n = 1;
    while (n != 0 && got < sizeof answer) {
        n = recv(fd, answer + got, sizeof answer - got, 0);
        if (n < 0 && errno != EINTR) {
            fail("receive", reason());
        }
        got += n > 0 ? (size_t)n : 0;
    }
    if (got == 0) {
        fail("receive", "it closed the connection without an answer");
    }
    fwrite(answer + 1, 1, got - 1, stdout);
    return fflush(stdout) == 0 ? answer[0] : 1;
}
