// Phones of both protocols that call each other: one thread, epoll, no media. It plays the callers and the called phones.
//   call-load NAME=VALUE ...
//     address=127.0.0.1  of the server
//     sip=PORT transport=udp|tcp sipPhones=N      numbers 100000, 100001, …; no password; over TCP on 100 connections
//     sccp=PORT frames=FILE sccpPhones=N          numbers 200000, 200001, …; version 20; FILE is of `call-frames.ts`
//     sipPairs=N sccpPairs=N mixedPairs=N         who calls whom: of mixed pairs every other one is called by its SIP phone
//     warm=CALLS window=CALLS seconds=S rate=R    calls; R a second or, with 0, as fast as they end
//     hold=CALLS                                  instead: so many calls at `rate`, which stand until standard input ends
// Every phone registers, which ends with the line `registered`; WARM calls are made, which ends with `warm`; then it calls
// for S seconds, and waits for the last of them. The called phone rings and answers at once; the caller hangs up when both
// ends have their media. Requests over UDP are sent again after half a second. Ends with one line of JSON. `hold` waits after
// `warm` for an octet on its standard input, and says `held` when all stand.
#include "call-load.h"
#include "call-load-sip.h"
#include "call-load-sccp.h"

// ── calls ───────────────────────────────────────────────────────────────────────────────────────────────────────────

static int dn_of(struct end e) { return (e.kind == SIP ? SIP_DN : SCCP_DN) + e.phone; }
static struct call **of(struct end e) { return e.kind == SIP ? &call_of_sip[e.phone] : &call_of_sccp[e.phone]; }

static void begin(int pair) {
  struct call *c = &calls[pair];
  int dn = dn_of(c->called);
  c->serial++;
  c->rang = c->heard_ringing = c->caller_up = c->called_up = c->caller_over = c->called_over = 0;
  c->trying = c->answered = c->hung_up = c->standing = 0;
  c->active = 1;
  *of(c->caller) = *of(c->called) = c;
  outstanding++;
  c->began = c->answered_at = now_us();
  if (c->caller.kind == SCCP) { send_sccp(c->caller.phone, ENBLOC, dn); return; }
  c->routes[0] = 0;
  snprintf(c->target, sizeof c->target, "sip:%d@127.0.0.1;user=phone", dn);
  snprintf(c->to, sizeof c->to, "To: <sip:%d@127.0.0.1;user=phone>", dn);
  send_invite(c);
}

static void end_call(struct call *c) {
  c->active = 0;
  outstanding--;
  push(c - calls);
}

// After every step of an end: when both talk the caller hangs up, when both are done the call is over.
static void both(struct call *c) {
  if (c->caller_up && c->called_up && !c->hung_up && !c->standing) {
    if (holding) { c->standing = 1; standing++; outstanding--; return; }
    c->hung_up = 1;
    if (c->caller.kind == SIP) send_bye(c);
    else send_sccp(c->caller.phone, ON_HOOK, 0);
  }
  if (c->caller_over && c->called_over) { completed++; end_call(c); }
}

// What was lost on the way over UDP is sent again; a call that does not come to its end is given up.
static void repeat(struct call *c, uint64_t now) {
  if (!c->active || c->standing) return;
  if (now - c->began > LOST) {
    if (lost++ == 0)
      fprintf(stderr, "a call to %d is lost: rang %d, ringing heard %d, up %d %d, over %d %d\n", dn_of(c->called), c->rang,
        c->heard_ringing, c->caller_up, c->called_up, c->caller_over, c->called_over);
    end_call(c);
    return;
  }
  if (tcp) return;
  if (c->caller.kind == SIP && now - c->sent_at > AGAIN) {
    if (!c->trying) { repeated++; send_invite(c); }
    else if (c->hung_up && !c->caller_over) { repeated++; send_bye(c); }
  }
  if (c->called.kind == SIP && c->rang && !c->called_up && now - c->answered_at > AGAIN) { repeated++; send_answers(c, 0); }
}

static void sweep(uint64_t now, int registering) {
  for (int k = 0; k < pair_count; k++) repeat(&calls[k], now);
  for (int d = 0; d < sip_count; d++) {
    struct sip_phone *p = &sip_phones[d];
    if (!p->registered && p->sent_at != 0 && !tcp && now - p->sent_at > AGAIN) { repeated++; send_register(d, 1); }
    else if (!registering && p->registered && now - p->sent_at > REFRESH) send_register(d, 0);
  }
  for (int d = 0; d < sccp_count; d++)
    if (!registering && sccp_phones[d].turn == turns && now - sccp_phones[d].sent_at > ALIVE) send_sccp(d, KEEPALIVE, 0);
}

// ── links ───────────────────────────────────────────────────────────────────────────────────────────────────────────

static void open_link(struct link *l, int stream, int port, int phone) {
  int one = 1, room = 8 << 20;
  struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(SIP_PORT) };
  socklen_t size = sizeof own;
  l->fd = socket(AF_INET, stream ? SOCK_STREAM : SOCK_DGRAM, 0);
  l->phone = phone;
  if (stream) {
    struct sockaddr_in to = server;
    to.sin_port = htons(port);
    if (connect(l->fd, (struct sockaddr *)&to, sizeof to) != 0) { perror("connect"); exit(1); }
    setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    l->pending = malloc(phone < 0 ? BUFFER : 8192);
  } else {
    if (bind(l->fd, (struct sockaddr *)&own, sizeof own) != 0) { perror("bind"); exit(1); }
    setsockopt(l->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  }
  getsockname(l->fd, (struct sockaddr *)&own, &size);
  l->port = ntohs(own.sin_port);
  fcntl(l->fd, F_SETFL, O_NONBLOCK);
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = l };
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, l->fd, &event);
}

static void read_datagrams(struct link *l, uint64_t now) {
  static char datagram[BUFFER + 1];
  for (int n = 0; n < 64; n++) {
    ssize_t length = recv(l->fd, datagram, BUFFER, 0);
    if (length < 0) return;
    sip_message(datagram, length, now);
  }
}

static void read_stream(struct link *l, uint64_t now) {
  int room = l->phone < 0 ? BUFFER : 8192, at = 0;
  ssize_t n = read(l->fd, l->pending + l->length, room - l->length);
  if (n <= 0) { if (n < 0 && errno == EAGAIN) return; fail("a connection ended", "", 0); }
  int length = l->length + n;
  while (l->phone >= 0 && length - at >= 12) {
    int total = u32(l->pending + at) + 8;
    if (length - at < total) break;
    sccp_message(l->phone, l->pending + at, now);
    at += total;
  }
  while (l->phone < 0) {
    char *end = memmem(l->pending + at, length - at, "\r\n\r\n", 4);
    if (end == NULL) break;
    char *field = memmem(l->pending + at, end - l->pending - at, "Content-Length: ", 16);
    int total = end + 4 - (l->pending + at) + (field ? atoi(field + 16) : 0);
    if (length - at < total) break;
    sip_message(l->pending + at, total, now);
    at += total;
  }
  memmove(l->pending, l->pending + at, length - at);
  l->length = length - at;
}

static void turn_of_loop(int wait, uint64_t *swept, int registering) {
  struct epoll_event events[256];
  int count = epoll_wait(poll_fd, events, 256, wait);
  uint64_t now = now_us();
  for (int e = 0; e < count; e++) {
    struct link *l = events[e].data.ptr;
    if (l->pending == NULL) read_datagrams(l, now);
    else read_stream(l, now);
  }
  if (now - *swept > 100000) { *swept = now; sweep(now_us(), registering); }
}

// ── the run ─────────────────────────────────────────────────────────────────────────────────────────────────────────

static void register_all(uint64_t *swept) {
  int next_sip = 0, next_sccp = 0, answered_sip = 0, answered_sccp = 0, open_sip = 0, open_sccp = 0;
  registering_sip = sip_count;
  registering_sccp = sccp_count;
  while (registering_sip + registering_sccp > 0) {
    answered_sip = sip_count - registering_sip;
    answered_sccp = sccp_count - registering_sccp;
    for (open_sip = next_sip - answered_sip; open_sip < 64 && next_sip < sip_count; open_sip++) send_register(next_sip++, 0);
    for (open_sccp = next_sccp - answered_sccp; open_sccp < 32 && next_sccp < sccp_count; open_sccp++) {
      open_link(&sccp_links[next_sccp], 1, (int)number("sccp", 0), next_sccp);
      send_turn(next_sccp++);
    }
    turn_of_loop(20, swept, 1);
  }
  puts("registered");
  fflush(stdout);
}

static void make_pairs(void) {
  int sip_pairs = number("sipPairs", 0), sccp_pairs = number("sccpPairs", 0), mixed = number("mixedPairs", 0), sip = 0, sccp = 0;
  pair_count = sip_pairs + sccp_pairs + mixed;
  calls = calloc(pair_count, sizeof *calls);
  queue = malloc(pair_count * sizeof *queue);
  // In turns, so that calls of all kinds stand at any time.
  for (int k = 0; k < pair_count;) {
    if (sip_pairs-- > 0) { calls[k].caller = (struct end){ SIP, sip }; calls[k].called = (struct end){ SIP, sip + 1 }; sip += 2; push(k++); }
    if (sccp_pairs-- > 0) { calls[k].caller = (struct end){ SCCP, sccp }; calls[k].called = (struct end){ SCCP, sccp + 1 }; sccp += 2; push(k++); }
    if (mixed-- > 0) {
      struct end one = { SIP, sip++ }, other = { SCCP, sccp++ };
      calls[k].caller = mixed % 2 ? one : other;
      calls[k].called = mixed % 2 ? other : one;
      push(k++);
    }
  }
  if (sip > sip_count || sccp > sccp_count) fail("too few phones for so many pairs", "", 0);
}

// `most` calls, or calls for `seconds`; then the last ones end.
static void calling(uint64_t most, double seconds, int window, double rate, uint64_t *swept) {
  uint64_t start = now_us(), end = start + (uint64_t)(seconds * 1e6), begun = 0;
  for (;;) {
    uint64_t now = now_us();
    int is_over = most > 0 ? begun >= most : now >= end;
    if (is_over && outstanding == 0) return;
    while (!is_over && queue_count > 0 && outstanding < window && (rate == 0 || begun < (now - start) / 1e6 * rate)) {
      int pair = queue[queue_head];
      queue_head = (queue_head + 1) % pair_count;
      queue_count--;
      begin(pair);
      begun++;
      if (most > 0 && begun >= most) break;
    }
    turn_of_loop(rate > 0 && !holding ? 0 : 1, swept, 0);
  }
}

static uint32_t quantile(uint32_t *sorted, uint64_t count, double part) { return count == 0 ? 0 : sorted[(uint64_t)(count * part)]; }

int main(int argc, char **argv) {
  arg_count = argc;
  args = argv;
  tcp = strcmp(option("transport", "udp"), "tcp") == 0;
  sip_count = number("sipPhones", 0);
  sccp_count = number("sccpPhones", 0);
  int window = number("window", 64), hold = number("hold", 0);
  double rate = number("rate", 0);
  uint64_t swept = now_us();
  if (sip_count > MAX_PHONES || sccp_count > MAX_PHONES) return 2;
  server.sin_family = AF_INET;
  server.sin_port = htons((int)number("sip", 0));
  inet_pton(AF_INET, option("address", "127.0.0.1"), &server.sin_addr);
  to_called = malloc(MOST_LATENCIES * sizeof *to_called);
  to_caller = malloc(MOST_LATENCIES * sizeof *to_caller);
  poll_fd = epoll_create1(0);
  sip_link_count = !tcp || sip_count == 0 ? 1 : sip_count < SIP_LINKS ? sip_count : SIP_LINKS;
  if (sip_count > 0) for (int s = 0; s < sip_link_count; s++) open_link(&sip_links[s], tcp, (int)number("sip", 0), -1);
  // CSeq above those of a load before.
  for (int d = 0; d < sip_count; d++) sip_phones[d].cseq = (uint32_t)time(NULL);
  if (sccp_count > 0) read_frames(option("frames", ""));
  make_pairs();
  register_all(&swept);
  // Serials of calls above those of a load before: Call-IDs and branches are made of them.
  for (int k = 0; k < pair_count; k++) calls[k].serial = (uint32_t)time(NULL) << 8;
  if (hold > 0) {
    // What there is of warm calls is made and ended before.
    if (number("warm", 0) > 0) calling(number("warm", 0), 0, window, 0, &swept);
    puts("warm");
    fflush(stdout);
    int flags = fcntl(0, F_GETFL);
    char octet;
    fcntl(0, F_SETFL, flags | O_NONBLOCK);
    while (read(0, &octet, 1) <= 0) turn_of_loop(20, &swept, 0); // an octet: go on
    holding = 1;
    calling(hold, 0, window, rate, &swept);
    puts("held");
    fflush(stdout);
    while (read(0, &octet, 1) != 0) turn_of_loop(20, &swept, 0);
    printf("{\"standing\":%lu,\"lost\":%lu,\"repeated\":%lu}\n", standing, lost, repeated);
    return 0;
  }
  if (number("warm", 0) > 0) calling(number("warm", 0), 0, window, 0, &swept);
  puts("warm");
  fflush(stdout);
  completed = lost = repeated = called_count = caller_count = 0;
  uint64_t start = now_us();
  calling(0, number("seconds", 3), window, rate, &swept);
  double took = (now_us() - start) / 1e6;
  qsort(to_called, called_count, sizeof *to_called, compare);
  qsort(to_caller, caller_count, sizeof *to_caller, compare);
  printf("{\"calls\":%lu,\"lost\":%lu,\"repeated\":%lu,\"seconds\":%.4f,\"calledP50\":%u,\"calledP99\":%u,\"callerP50\":%u,\"callerP99\":%u}\n",
    completed, lost, repeated, took, quantile(to_called, called_count, 0.5), quantile(to_called, called_count, 0.99),
    quantile(to_caller, caller_count, 0.5), quantile(to_caller, caller_count, 0.99));
  return 0;
}
