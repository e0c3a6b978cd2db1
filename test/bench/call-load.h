// What the phones of `call-load.c` have in common: its options, the phones, their links and their calls.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_PHONES 20000
#define SIP_LINKS 100
#define BUFFER 65536
#define SIP_DN 100000
#define SCCP_DN 200000
#define SIP_PORT 20561
#define MOST_TURNS 16
#define AGAIN 500000ull       // us
#define LOST 10000000ull      // us: a call that takes longer has failed
#define ALIVE 25000000ull     // us: between keepalives of a phone
#define REFRESH 50000000ull   // us: between its REGISTERs
#define MOST_LATENCIES 4000000

static uint64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void fail(const char *why, const char *text, int length) {
  fprintf(stderr, "%s\n%.*s\n", why, length, text);
  exit(1);
}

// ── options ─────────────────────────────────────────────────────────────────────────────────────────────────────────

static int arg_count;
static char **args;

static const char *option(const char *name, const char *otherwise) {
  size_t length = strlen(name);
  for (int i = 1; i < arg_count; i++)
    if (strncmp(args[i], name, length) == 0 && args[i][length] == '=') return args[i] + length + 1;
  return otherwise;
}

static double number(const char *name, double otherwise) {
  const char *text = option(name, NULL);
  return text == NULL ? otherwise : atof(text);
}

// ── phones, links and calls ─────────────────────────────────────────────────────────────────────────────────────────

// A connection, or the one socket of all phones over UDP. `phone`: of SCCP, whose it is.
struct link { int fd, port, phone, length; char *pending; };

struct sip_phone { uint32_t cseq; uint64_t sent_at; int registered; };
// `turn`: of its registration; `party` and `reference`: of its call.
struct sccp_phone { int turn; uint64_t sent_at; uint32_t party, reference; };

enum { SIP, SCCP };
struct end { int kind, phone; };
struct call {
  struct end caller, called;
  int active, standing;
  uint32_t serial;
  // What has happened at each end.
  int rang, heard_ringing, caller_up, called_up, caller_over, called_over;
  uint64_t began, sent_at;
  // The caller's dialog by SIP.
  int trying, answered, hung_up;
  char to[256], target[512], routes[1024];
  // The answer of the called phone by SIP, to be sent again.
  char *copied;
  int copied_length;
  uint64_t answered_at;
};

static struct link sip_links[SIP_LINKS], sccp_links[MAX_PHONES];
static struct sip_phone sip_phones[MAX_PHONES];
static struct sccp_phone sccp_phones[MAX_PHONES];
static struct call *calls, *call_of_sip[MAX_PHONES], *call_of_sccp[MAX_PHONES];
static int sip_count, sccp_count, sip_link_count, pair_count, tcp, poll_fd, holding;
static struct sockaddr_in server;
static int *queue, queue_head, queue_count, outstanding, registering_sip, registering_sccp;
static uint64_t completed, standing, lost, repeated, refused;
static uint32_t *to_called, *to_caller;
static uint64_t called_count, caller_count;

static void push(int pair) { queue[(queue_head + queue_count++) % pair_count] = pair; }

static int compare(const void *one, const void *other) {
  uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
  return a < b ? -1 : a > b;
}

static void send_all(int fd, const char *bytes, int length) {
  for (int done = 0; done < length;) {
    ssize_t n = write(fd, bytes + done, length - done);
    if (n < 0 && errno != EAGAIN) { perror("write"); exit(1); }
    if (n > 0) done += n;
  }
}
