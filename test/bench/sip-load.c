// REGISTERs as fast as they are answered, or at a given rate: one thread, epoll, a window of requests outstanding.
//   sip-load ADDRESS PORT udp|tcp DEVICES WINDOW SECONDS RATE FIRST_CSEQ [FIRST_DEVICE]
// First each device once, which is not counted and ends with the line `warm` and the seconds that it took; then for SECONDS, at RATE a second or, with
// RATE 0, as fast as answers come. Every answer is found by its Call-ID; a 100 is read and not counted. Ends with one line
// of JSON, whose `last` is the next FIRST_CSEQ.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_DEVICES 100000
#define MAX_SOCKETS 10000
#define BUFFER 65536

static int devices, window_size, tcp, first, base;
static uint32_t cseq[MAX_DEVICES];
static uint64_t sent_at[MAX_DEVICES];
static int queue[MAX_DEVICES], queue_head, queue_tail, queue_count;
static int sockets[MAX_SOCKETS], socket_count;
static char *pending[MAX_SOCKETS];
static int pending_length[MAX_SOCKETS];
static int ports[MAX_SOCKETS];
static struct sockaddr_in server;
static uint64_t answered, refused, timeouts, provisional;
static uint32_t *latencies;
static uint64_t latency_count, latency_room = 20000000;

static uint64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int socket_of(int device) { return device % socket_count; }

static void push(int device) {
  queue[queue_tail] = device;
  queue_tail = (queue_tail + 1) % MAX_DEVICES;
  queue_count++;
}

static void transmit(int device, int again) {
  static char text[2048];
  int s = socket_of(device);
  if (!again) cseq[device]++;
  unsigned mac = 0x100000 + base + device;
  int number = 100000 + base + device;
  const char *transport = tcp ? "TCP" : "UDP", *lower = tcp ? "tcp" : "udp";
  int length = snprintf(text, sizeof text,
    "REGISTER sip:127.0.0.1 SIP/2.0\r\n"
    "Via: SIP/2.0/%s 127.0.0.1:%d;branch=z9hG4bK%08x%08x\r\n"
    "From: <sip:%d@127.0.0.1>;tag=005056%06x000200002720-0000571e\r\n"
    "To: <sip:%d@127.0.0.1>\r\n"
    "Call-ID: 005056-%06x@127.0.0.1\r\n"
    "Max-Forwards: 70\r\n"
    "Date: Wed, 15 Jul 2015 12:42:56 GMT\r\n"
    "CSeq: %u REGISTER\r\n"
    "User-Agent: Cisco-CP7975G/9.3.1\r\n"
    "Contact: <sip:9e9e1ffb-0206-4ea1-6d77-ba04a7%06x@127.0.0.1:%d;transport=%s>;+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-005056%06x>\";+u.sip!devicename.ccm.cisco.com=\"SEP005056%06X\";+u.sip!model.ccm.cisco.com=\"437\"\r\n"
    "Supported: replaces,join,sdp-anat,norefersub,resource-priority,extended-refer,X-cisco-callinfo,X-cisco-serviceuri,X-cisco-escapecodes,X-cisco-service-control,X-cisco-srtp-fallback,X-cisco-monrec,X-cisco-config,X-cisco-sis-6.0.0,X-cisco-xsi-8.5.1\r\n"
    "Content-Length: 0\r\n"
    "Expires: 3600\r\n\r\n",
    transport, ports[s], mac, cseq[device], number, mac, number, mac, cseq[device], mac, ports[s], lower, mac, mac);
  if (!again) sent_at[device] = now_us();
  if (tcp) {
    int done = 0;
    while (done < length) {
      ssize_t n = write(sockets[s], text + done, length - done);
      if (n < 0 && errno != EAGAIN) { perror("write"); exit(1); }
      if (n > 0) done += n;
    }
  } else
    sendto(sockets[s], text, length, 0, (struct sockaddr *)&server, sizeof server);
}

// One whole message. Requests of the server are not expected of a plain registration and are counted nowhere.
static int received(const char *text, int length, uint64_t now) {
  if (length < 12 || memcmp(text, "SIP/2.0 ", 8) != 0) return -1;
  if (text[8] == '1') { provisional++; return -1; }
  const char *id = memmem(text, length, "Call-ID: 005056-", 16);
  if (id == NULL) return -1;
  int device = (int)strtol(id + 16, NULL, 16) - 0x100000 - base;
  if (device < 0 || device >= devices || sent_at[device] == 0) return -1;
  const char *number = memmem(text, length, "CSeq: ", 6);
  if (number == NULL || (uint32_t)strtoul(number + 6, NULL, 10) != cseq[device]) return -1;
  if (memcmp(text + 8, "200", 3) == 0) answered++;
  else { refused++; if (refused == 1) fprintf(stderr, "%.*s\n", length, text); }
  if (latency_count < latency_room) latencies[latency_count++] = (uint32_t)(now - sent_at[device]);
  sent_at[device] = 0;
  push(device);
  return device;
}

static int outstanding;

static void read_stream(int index, uint64_t now) {
  char *buffer = pending[index];
  ssize_t n = read(sockets[index], buffer + pending_length[index], BUFFER - pending_length[index]);
  if (n <= 0) { if (n < 0 && errno == EAGAIN) return; fprintf(stderr, "connection ended\n"); exit(1); }
  int length = pending_length[index] + n, at = 0;
  for (;;) {
    char *end = memmem(buffer + at, length - at, "\r\n\r\n", 4);
    if (end == NULL) break;
    char *field = memmem(buffer + at, end - buffer - at, "Content-Length: ", 16);
    int total = end + 4 - (buffer + at) + (field ? atoi(field + 16) : 0);
    if (length - at < total) break;
    if (received(buffer + at, total, now) >= 0) outstanding--;
    at += total;
  }
  memmove(buffer, buffer + at, length - at);
  pending_length[index] = length - at;
}

static int by_size(const void *one, const void *other) {
  uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
  return a < b ? -1 : a > b;
}

int main(int argc, char **argv) {
  if (argc != 9 && argc != 10) return 2;
  tcp = strcmp(argv[3], "tcp") == 0;
  devices = atoi(argv[4]);
  window_size = atoi(argv[5]);
  double seconds = atof(argv[6]), rate = atof(argv[7]);
  first = atoi(argv[8]);
  base = argc == 10 ? atoi(argv[9]) : 0;
  server.sin_family = AF_INET;
  server.sin_port = htons(atoi(argv[2]));
  inet_pton(AF_INET, argv[1], &server.sin_addr);
  latencies = malloc(latency_room * sizeof *latencies);
  socket_count = tcp ? (devices < 100 ? devices : 100) : 1;
  int poll_fd = epoll_create1(0);
  for (int s = 0; s < socket_count; s++) {
    int fd = socket(AF_INET, tcp ? SOCK_STREAM : SOCK_DGRAM, 0), room = 8 << 20, one = 1;
    if (tcp) {
      if (connect(fd, (struct sockaddr *)&server, sizeof server) != 0) { perror("connect"); return 1; }
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    } else {
      struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(20560) };
      if (bind(fd, (struct sockaddr *)&own, sizeof own) != 0) { perror("bind"); return 1; }
      setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    }
    struct sockaddr_in name;
    socklen_t size = sizeof name;
    getsockname(fd, (struct sockaddr *)&name, &size);
    ports[s] = ntohs(name.sin_port);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    sockets[s] = fd;
    pending[s] = tcp ? malloc(BUFFER) : NULL;
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = s };
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
  }
  for (int d = 0; d < devices; d++) { cseq[d] = first; push(d); }
  uint64_t start = now_us(), end = 0, swept = start, total_sent = 0;
  int once = 1, left = devices;
  static char datagram[BUFFER];
  for (;;) {
    uint64_t now = now_us();
    if (once && answered + refused >= (uint64_t)devices) {
      printf("warm %.4f\n", (now - start) / 1e6);
      fflush(stdout);
      once = 0;
      answered = refused = timeouts = provisional = latency_count = total_sent = 0;
      start = now = now_us();
      end = start + (uint64_t)(seconds * 1e6);
    }
    if (!once && now >= end) break;
    while (queue_count > 0 && outstanding < window_size && (!once || left > 0)) {
      if (!once && rate > 0 && total_sent >= (now - start) / 1e6 * rate) break;
      int device = queue[queue_head];
      queue_head = (queue_head + 1) % MAX_DEVICES;
      queue_count--;
      transmit(device, 0);
      total_sent++;
      outstanding++;
      left--;
    }
    struct epoll_event events[64];
    int wait = rate > 0 && !once ? 0 : 20;
    int count = epoll_wait(poll_fd, events, 64, wait);
    now = now_us();
    for (int e = 0; e < count; e++) {
      int s = events[e].data.u32;
      if (tcp) { read_stream(s, now); continue; }
      for (int n = 0; n < 64; n++) {
        ssize_t length = recv(sockets[s], datagram, sizeof datagram, 0);
        if (length < 0) break;
        if (received(datagram, length, now) >= 0) outstanding--;
      }
    }
    if (now - swept > 100000) {
      swept = now;
      if (!tcp) for (int d = 0; d < devices; d++)
        if (sent_at[d] != 0 && now - sent_at[d] > 500000) { timeouts++; transmit(d, 1); }
    }
  }
  double took = (now_us() - start) / 1e6;
  qsort(latencies, latency_count, sizeof *latencies, by_size);
  printf("{\"answered\":%lu,\"refused\":%lu,\"provisional\":%lu,\"timeouts\":%lu,\"seconds\":%.4f,\"p50\":%u,\"p99\":%u,\"last\":%u}\n",
    answered, refused, provisional, timeouts, took,
    latency_count ? latencies[latency_count / 2] : 0, latency_count ? latencies[latency_count * 99 / 100] : 0,
    first + (uint32_t)(total_sent / devices) + 4);
  return 0;
}
