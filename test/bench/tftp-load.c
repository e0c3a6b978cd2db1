/* Many TFTP clients in one thread, so that the load is never what is measured.
   tftp-load ADDRESS PORT CLIENTS SECONDS NAMES [BLKSIZE]: fetches the files named in NAMES (one a line) over and over, each
   from a socket of its own, and prints one JSON object. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct client {
  int fd;
  uint16_t expected;
  int answered;
  double started, said;
  struct sockaddr_in peer;
  int name;
};

static char **names;
static int name_count, next_name, blksize = 512, epoll_fd;
static struct sockaddr_in server;
static uint64_t files, refused, doubled, timeouts, octets;
static double *times;
static size_t time_count, time_room;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void say_request(struct client *c) {
  char packet[600];
  int at = 2;
  packet[0] = 0;
  packet[1] = 1;
  at += sprintf(packet + at, "%s", names[c->name]) + 1;
  at += sprintf(packet + at, "octet") + 1;
  if (blksize != 512) {
    at += sprintf(packet + at, "blksize") + 1;
    at += sprintf(packet + at, "%d", blksize) + 1;
  }
  sendto(c->fd, packet, at, 0, (struct sockaddr *)&server, sizeof server);
  c->said = now();
}

static void say_ack(struct client *c, uint16_t block) {
  unsigned char packet[4] = {0, 4, block >> 8, block & 255};
  sendto(c->fd, packet, 4, 0, (struct sockaddr *)&c->peer, sizeof c->peer);
  c->said = now();
}

/** The server need not send again what nobody waits for. */
static void give_up(struct client *c) {
  unsigned char packet[] = {0, 5, 0, 0, 0};
  if (c->answered) sendto(c->fd, packet, sizeof packet, 0, (struct sockaddr *)&c->peer, sizeof c->peer);
}

static void begin(struct client *c) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  c->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) { perror("socket"); exit(1); }
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event);
  c->expected = 1;
  c->answered = 0;
  c->name = next_name++ % name_count;
  c->started = now();
  say_request(c);
}

static void end(struct client *c) {
  if (time_count == time_room) times = realloc(times, (time_room = time_room * 2 + 1024) * sizeof *times);
  times[time_count++] = now() - c->started;
  close(c->fd);
  begin(c);
}

static void hear(struct client *c) {
  unsigned char packet[65536];
  for (;;) {
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    ssize_t size = recvfrom(c->fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &length);
    if (size < 4) return;
    uint16_t number = packet[2] << 8 | packet[3];
    // Another transfer's, to a client that had this port before (RFC 1350: the server's port tells them apart).
    if (c->answered ? from.sin_port != c->peer.sin_port : packet[1] == 3 && number != 1) continue;
    c->peer = from;
    if (packet[1] == 5) { refused++; end(c); return; }
    if (packet[1] == 6) { c->answered = 1; say_ack(c, 0); continue; }
    if (packet[1] != 3) continue;
    c->answered = 1;
    if (number != c->expected) { doubled++; continue; }
    octets += size - 4;
    say_ack(c, number);
    c->expected++;
    if (size - 4 < blksize) { files++; end(c); return; }
  }
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
  if (argc < 6) { fprintf(stderr, "tftp-load ADDRESS PORT CLIENTS SECONDS NAMES [BLKSIZE]\n"); return 2; }
  int clients = atoi(argv[3]);
  double seconds = atof(argv[4]);
  if (argc > 6) blksize = atoi(argv[6]);
  server.sin_family = AF_INET;
  server.sin_port = htons(atoi(argv[2]));
  inet_pton(AF_INET, argv[1], &server.sin_addr);
  FILE *list = fopen(argv[5], "r");
  char line[600];
  while (list && fgets(line, sizeof line, list)) {
    line[strcspn(line, "\n")] = 0;
    names = realloc(names, (name_count + 1) * sizeof *names);
    names[name_count++] = strdup(line);
  }
  if (name_count == 0) { fprintf(stderr, "no names\n"); return 2; }
  epoll_fd = epoll_create1(0);
  struct client *all = calloc(clients, sizeof *all);
  double start = now(), swept = start;
  for (int i = 0; i < clients; i++) begin(&all[i]);
  struct epoll_event events[512];
  for (;;) {
    int count = epoll_wait(epoll_fd, events, 512, 100);
    for (int i = 0; i < count; i++) hear(events[i].data.ptr);
    double t = now();
    if (t - start >= seconds) break;
    if (t - swept < 0.1) continue;
    swept = t;
    for (int i = 0; i < clients; i++) {
      if (t - all[i].said < 1) continue;
      timeouts++;
      if (all[i].answered) say_ack(&all[i], all[i].expected - 1);
      else say_request(&all[i]);
    }
  }
  double took = now() - start;
  for (int i = 0; i < clients; i++) give_up(&all[i]);
  qsort(times, time_count, sizeof *times, by_value);
  printf("{\"files\":%lu,\"refused\":%lu,\"octets\":%lu,\"doubled\":%lu,\"timeouts\":%lu,\"seconds\":%.4f,\"p50\":%.6f,\"p99\":%.6f}\n",
         files, refused, octets, doubled, timeouts, took, time_count ? times[time_count / 2] : 0,
         time_count ? times[time_count * 99 / 100] : 0);
  return 0;
}
