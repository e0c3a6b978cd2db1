// The SIP phones of `call-load.c`: their registrations and their half of a call.

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
