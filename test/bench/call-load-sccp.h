// The SCCP phones of `call-load.c`: their registrations and their half of a call, with the frames of `call-frames.ts`.

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
