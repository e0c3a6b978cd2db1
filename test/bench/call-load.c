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
// ends have their media. Requests over UDP are sent again after half a second. Ends with one line of JSON. `hold` says `held`
// when all stand.
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
#define SIP_PORT 20560
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

// ── SIP ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

static struct link *link_of(int phone) { return &sip_links[phone % sip_link_count]; }
static unsigned mac_of(int phone) { return 0x100000 + phone; }

static void send_sip(int phone, const char *text, int length) {
  if (tcp) send_all(link_of(phone)->fd, text, length);
  else sendto(sip_links[0].fd, text, length, 0, (struct sockaddr *)&server, sizeof server);
}

static int contact(char *text, int room, int phone) {
  return snprintf(text, room,
    "Contact: <sip:9e9e1ffb-0206-4ea1-6d77-ba04a7%06x@127.0.0.1:%d;transport=%s>;+u.sip!devicename.ccm.cisco.com=\"SEP005056%06X\"",
    mac_of(phone), link_of(phone)->port, tcp ? "tcp" : "udp", mac_of(phone));
}

static int sdp(char *text, int room, int phone) {
  return snprintf(text, room,
    "v=0\r\no=Cisco-SIPUA %d 0 IN IP4 127.0.0.1\r\ns=SIP Call\r\nt=0 0\r\nm=audio %d RTP/AVP 0 8 18 101\r\n"
    "c=IN IP4 127.0.0.1\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n", phone + 1, 16384 + phone % 8192 * 2);
}

#define ALLOWED "Allow: ACK,BYE,CANCEL,INVITE,NOTIFY,OPTIONS,REFER,REGISTER,UPDATE,SUBSCRIBE,INFO\r\n"
#define SUPPORTED "Supported: replaces,join,sdp-anat,norefersub,resource-priority,extended-refer,X-cisco-callinfo,X-cisco-serviceuri,X-cisco-escapecodes,X-cisco-service-control,X-cisco-srtp-fallback,X-cisco-monrec,X-cisco-config,X-cisco-sis-6.0.0,X-cisco-xsi-8.5.1\r\n"

static void send_register(int phone, int again) {
  static char text[4096], own[512];
  struct sip_phone *p = &sip_phones[phone];
  if (!again) p->cseq++;
  p->sent_at = now_us();
  contact(own, sizeof own, phone);
  send_sip(phone, text, snprintf(text, sizeof text,
    "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/%s 127.0.0.1:%d;branch=z9hG4bKr%06x%u\r\n"
    "From: <sip:%d@127.0.0.1>;tag=005056%06x0002\r\nTo: <sip:%d@127.0.0.1>\r\nCall-ID: 005056-%06x@127.0.0.1\r\n"
    "Max-Forwards: 70\r\nCSeq: %u REGISTER\r\nUser-Agent: Cisco-CP7975G/9.3.1\r\n"
    "%s;+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-005056%06x>\";+u.sip!model.ccm.cisco.com=\"437\"\r\n"
    SUPPORTED "Content-Length: 0\r\nExpires: 3600\r\n\r\n",
    tcp ? "TCP" : "UDP", link_of(phone)->port, mac_of(phone), p->cseq, SIP_DN + phone, mac_of(phone), SIP_DN + phone,
    mac_of(phone), p->cseq, own, mac_of(phone)));
}

// A request of the caller's dialog. `cseq`: of INVITE and its ACK 101, of BYE 102.
static void send_request(struct call *c, const char *method, int cseq, const char *headers, const char *body) {
  static char text[8192], own[512];
  int phone = c->caller.phone, mac = mac_of(phone);
  contact(own, sizeof own, phone);
  c->sent_at = now_us();
  send_sip(phone, text, snprintf(text, sizeof text,
    "%s %s SIP/2.0\r\nVia: SIP/2.0/%s 127.0.0.1:%d;branch=z9hG4bK%c%06x%08x\r\n%sFrom: <sip:%d@127.0.0.1>;tag=005056%06x%08x\r\n"
    "%s\r\nCall-ID: 005056%06x-%08x@127.0.0.1\r\nMax-Forwards: 70\r\nCSeq: %d %s\r\nUser-Agent: Cisco-CP7975G/9.3.1\r\n%s\r\n%s"
    "Content-Length: %zu\r\n\r\n%s",
    method, c->target, tcp ? "TCP" : "UDP", link_of(phone)->port, *method, mac, c->serial, c->routes, SIP_DN + phone, mac,
    c->serial, c->to, mac, c->serial, cseq, method, own, headers, strlen(body), body));
}

static void send_invite(struct call *c) {
  static char body[1024];
  sdp(body, sizeof body, c->caller.phone);
  send_request(c, "INVITE", 101, ALLOWED SUPPORTED
    "Accept: application/sdp\r\nAllow-Events: kpml,dialog\r\nContent-Disposition: session;handling=optional\r\nContent-Type: application/sdp\r\n", body);
}

static void send_ack(struct call *c) { send_request(c, "ACK", 101, "", ""); }
static void send_bye(struct call *c) { send_request(c, "BYE", 102, "", ""); }

// The next line that begins with this header, from `*at`; its length without the line's end.
static int header(const char *end, const char **at, const char *name) {
  size_t length = strlen(name);
  for (const char *line = *at; line != NULL && line < end;) {
    const char *stop = memmem(line, end - line, "\r\n", 2);
    if (stop == NULL || stop == line) return 0;
    if ((size_t)(stop - line) > length && line[length] == ':' && strncasecmp(line, name, length) == 0) { *at = line; return stop - line; }
    line = stop + 2;
  }
  return 0;
}

static void copy_line(char *out, int room, const char *text, const char *end, const char *name) {
  const char *at = text;
  int length = header(end, &at, name);
  if (length == 0) fail("a header is missing", text, end - text);
  snprintf(out, room, "%.*s", length, at);
}

// Every line of these headers, as an answer copies them.
static int copied_lines(char *out, int room, const char *text, const char *end) {
  static const char *const names[] = { "Via", "Record-Route", "From", "Call-ID", "CSeq" };
  int length = 0;
  for (int n = 0; n < 5; n++) {
    const char *at = text;
    for (int line; (line = header(end, &at, names[n])) > 0; at += line + 2)
      length += snprintf(out + length, room - length, "%.*s\r\n", line, at);
  }
  return length;
}

static void answer(int phone, const char *text, const char *end) {
  static char out[BUFFER], copied[BUFFER], to[1024];
  copied_lines(copied, sizeof copied, text, end);
  copy_line(to, sizeof to, text, end, "To");
  send_sip(phone, out, snprintf(out, sizeof out, "SIP/2.0 200 OK\r\n%s%s\r\nContent-Length: 0\r\n\r\n", copied, to));
}

static void send_answers(struct call *c, int ringing) {
  static char out[BUFFER], body[1024], own[512];
  int phone = c->called.phone, length;
  contact(own, sizeof own, phone);
  c->answered_at = now_us();
  if (ringing)
    send_sip(phone, out, snprintf(out, sizeof out, "SIP/2.0 180 Ringing\r\n%s%s\r\n" ALLOWED "Content-Length: 0\r\n\r\n", c->copied, own));
  length = sdp(body, sizeof body, phone);
  send_sip(phone, out, snprintf(out, sizeof out,
    "SIP/2.0 200 OK\r\n%s%s\r\n" ALLOWED SUPPORTED "Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", c->copied, own, length, body));
}

static void note(struct call *c, int *happened, uint32_t *latencies, uint64_t *count, uint64_t now) {
  if (*happened) return;
  *happened = 1;
  if (*count < MOST_LATENCIES) latencies[(*count)++] = now - c->began;
}
static void both(struct call *c);

static void request(const char *text, const char *end, uint64_t now) {
  static char to[1024];
  const char *user = memmem(text, end - text, "-6d77-ba04a7", 12);
  int phone = user == NULL ? 0 : (int)strtol(user + 12, NULL, 16) - 0x100000;
  if (user == NULL || phone < 0 || phone >= sip_count) { answer(0, text, end); return; }
  struct call *c = call_of_sip[phone];
  int is_called = c != NULL && c->active && c->called.kind == SIP && c->called.phone == phone;
  if (memcmp(text, "INVITE ", 7) == 0 && is_called) {
    if (!c->rang) {
      note(c, &c->rang, to_called, &called_count, now);
      if (c->copied == NULL) c->copied = malloc(4096);
      c->copied_length = copied_lines(c->copied, 3500, text, end);
      copy_line(to, sizeof to, text, end, "To");
      snprintf(c->copied + c->copied_length, 4096 - c->copied_length, "%s;tag=%06x%08x\r\n", to, mac_of(phone), c->serial);
    }
    send_answers(c, 1);
    return;
  }
  if (memcmp(text, "ACK ", 4) == 0) {
    if (is_called) { c->called_up = 1; both(c); }
    return;
  }
  answer(phone, text, end);
  if (memcmp(text, "BYE ", 4) == 0 && is_called) { c->called_over = 1; both(c); }
}

static void routes_of(struct call *c, const char *text, const char *end) {
  const char *found[8], *at = text;
  int lengths[8], count = 0, length = 0;
  for (int line; count < 8 && (line = header(end, &at, "Record-Route")) > 0; at += line + 2) { found[count] = at + 13; lengths[count++] = line - 13; }
  c->routes[0] = 0;
  while (count-- > 0) length += snprintf(c->routes + length, sizeof c->routes - length, "Route:%.*s\r\n", lengths[count], found[count]);
}

static void registered(int phone) {
  struct sip_phone *p = &sip_phones[phone];
  if (p->registered) return;
  p->registered = 1;
  registering_sip--;
}

static void response(const char *text, const char *end, uint64_t now) {
  static char line[1024];
  int status = atoi(text + 8);
  const char *id = memmem(text, end - text, "\r\nCall-ID: 005056", 17);
  if (id == NULL) return;
  int is_register = id[17] == '-', phone = (int)strtol(id + 17 + is_register, NULL, 16) - 0x100000;
  if (phone < 0 || phone >= sip_count) return;
  if (is_register) {
    if (status >= 300) fail("a REGISTER was refused", text, end - text);
    if (status >= 200) registered(phone);
    return;
  }
  struct call *c = call_of_sip[phone];
  if (c == NULL || !c->active || c->caller.kind != SIP || c->caller.phone != phone) return;
  if (strtoul(memchr(id + 17, '-', 16) + 1, NULL, 16) != c->serial) return; // of a call before
  copy_line(line, sizeof line, text, end, "CSeq");
  if (strstr(line, "BYE") != NULL) { if (status >= 200) { c->caller_over = 1; both(c); } return; }
  if (status >= 300) { refused++; if (refused == 1) fail("an INVITE was refused", text, end - text); return; }
  c->trying = 1;
  if (status == 180) { note(c, &c->heard_ringing, to_caller, &caller_count, now); return; }
  if (status < 200) return;
  if (!c->answered) {
    c->answered = 1;
    copy_line(c->to, sizeof c->to, text, end, "To");
    copy_line(line, sizeof line, text, end, "Contact");
    char *open = strchr(line, '<'), *close = open == NULL ? NULL : strchr(open, '>');
    if (close == NULL) fail("a Contact is odd", text, end - text);
    snprintf(c->target, sizeof c->target, "%.*s", (int)(close - open - 1), open + 1);
    routes_of(c, text, end);
  }
  send_ack(c); // for every 200, also one that comes again
  c->caller_up = 1;
  both(c);
}

static void sip_message(const char *text, int length, uint64_t now) {
  if (length > 12 && memcmp(text, "SIP/2.0 ", 8) == 0) response(text, text + length, now);
  else if (length > 12) request(text, text + length, now);
}

// ── SCCP ────────────────────────────────────────────────────────────────────────────────────────────────────────────

// Frames as the message catalogue wrote them, with marks where a number goes.
enum { ENBLOC, OFF_HOOK, ON_HOOK, OPENED, STARTED, COUNTED, KEEPALIVE, FRAMES };
static char *frames[FRAMES];
static int frame_lengths[FRAMES];
static char **segments; // MOST_TURNS of each phone
static int *segment_lengths, turns, last_ids[MOST_TURNS];
#define MARK_PARTY "\x11\x22\x33\x44"
#define MARK_REFERENCE "\x55\x66\x77\x01"
#define MARK_NUMBER "987654"

static uint32_t u32(const char *at) { uint32_t value; memcpy(&value, at, 4); return value; }

static void replace(char *bytes, int length, const char *mark, const void *value, int size) {
  char *at = memmem(bytes, length, mark, size);
  if (at != NULL) memcpy(at, value, size);
}

static void send_sccp(int phone, int which, int dialled) {
  static char bytes[2048], digits[16];
  int length = frame_lengths[which];
  struct sccp_phone *p = &sccp_phones[phone];
  memcpy(bytes, frames[which], length);
  replace(bytes, length, MARK_PARTY, &p->party, 4);
  replace(bytes, length, MARK_REFERENCE, &p->reference, 4);
  if (which == ENBLOC) { snprintf(digits, sizeof digits, "%06d", dialled); replace(bytes, length, MARK_NUMBER, digits, 6); }
  p->sent_at = now_us();
  send_all(sccp_links[phone].fd, bytes, length);
}

static void send_turn(int phone) {
  int at = phone * MOST_TURNS + sccp_phones[phone].turn;
  sccp_phones[phone].sent_at = now_us();
  send_all(sccp_links[phone].fd, segments[at], segment_lengths[at]);
}

static void sccp_message(int phone, const char *frame, uint64_t now) {
  struct sccp_phone *p = &sccp_phones[phone];
  uint32_t id = u32(frame + 8);
  if (p->turn < turns) {
    if (id == 0x9d) fail("a phone was refused", "", 0);
    if ((int)id != last_ids[p->turn]) return;
    if (++p->turn < turns) send_turn(phone);
    else registering_sccp--;
    return;
  }
  struct call *c = call_of_sccp[phone];
  if (c == NULL || !c->active) return;
  int is_caller = c->caller.kind == SCCP && c->caller.phone == phone;
  switch (id) {
    case 0x111: // CallState
      p->reference = u32(frame + 20);
      switch (u32(frame + 12)) {
        case 2: // on hook
          if (!is_caller && !c->called_over) send_sccp(phone, ON_HOOK, 0);
          *(is_caller ? &c->caller_over : &c->called_over) = 1;
          both(c);
          break;
        case 3: if (is_caller) note(c, &c->heard_ringing, to_caller, &caller_count, now); break;
        case 4:
          if (is_caller) break;
          note(c, &c->rang, to_called, &called_count, now);
          send_sccp(phone, OFF_HOOK, 0);
          break;
        case 6: case 7: fail("a call heard busy or reorder", "", 0);
      }
      break;
    case 0x105: // OpenReceiveChannel
      p->party = u32(frame + 16);
      send_sccp(phone, OPENED, 0);
      break;
    case 0x8a: // StartMediaTransmission
      p->party = u32(frame + 16);
      send_sccp(phone, STARTED, 0);
      *(is_caller ? &c->caller_up : &c->called_up) = 1;
      both(c);
      break;
    case 0x107: // ConnectionStatisticsReq: a number of 25 octets, 3 of padding, the reference
      p->reference = u32(frame + 12 + 28);
      send_sccp(phone, COUNTED, 0);
      break;
  }
}

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

static int unhex(char *text, char **bytes) {
  int length = strlen(text) / 2;
  *bytes = malloc(length);
  for (int i = 0; i < length; i++) { unsigned value; sscanf(text + 2 * i, "%2x", &value); (*bytes)[i] = value; }
  return length;
}

// A line of the frames in their order, one of the last message's id of each turn, and one of the turns of each phone.
static void read_frames(const char *path) {
  static char line[BUFFER];
  FILE *file = fopen(path, "r");
  char *at, *rest = NULL;
  if (file == NULL || fgets(line, sizeof line, file) == NULL) fail("no frames", path, strlen(path));
  for (int n = 0; n < FRAMES; n++) frame_lengths[n] = unhex(strtok_r(n == 0 ? line : NULL, " \n", &rest), &frames[n]);
  if (fgets(line, sizeof line, file) == NULL) exit(1);
  for (at = strtok_r(line, " \n", &rest); at != NULL && turns < MOST_TURNS; at = strtok_r(NULL, " \n", &rest)) last_ids[turns++] = atoi(at);
  segments = calloc((size_t)sccp_count * MOST_TURNS, sizeof *segments);
  segment_lengths = calloc((size_t)sccp_count * MOST_TURNS, sizeof *segment_lengths);
  for (int d = 0; d < sccp_count && fgets(line, sizeof line, file) != NULL; d++) {
    int turn = 0;
    for (at = strtok_r(line, " \n", &rest); at != NULL; at = strtok_r(NULL, " \n", &rest), turn++)
      segment_lengths[d * MOST_TURNS + turn] = unhex(at, &segments[d * MOST_TURNS + turn]);
  }
  fclose(file);
}

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
