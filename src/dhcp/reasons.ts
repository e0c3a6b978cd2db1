// Why a message was answered as it was, and why a datagram is no DHCP message: one row per reason, with its text.
// Counters and events carry the names.

/** By reason: its text, as the trace shows it and a NAK carries it. */
export const REASONS = {
  // answered
  'current-binding': 'it has this address already',
  'same-offer': 'the offer that it has already',
  'previous-address': 'it had this address before and nobody took it',
  'requested-address': 'it asked for this address and it is free',
  'free-address': 'the next free address',
  'given-on': 'the address was offered to another client, or rested, and no other is free',
  reserved: 'the address is reserved for it',
  selected: 'it took our offer',
  rebooted: 'it asks for the address that it has',
  extended: 'its lease is extended',
  recreated: 'its lease was lost here; the address is free and it may keep it',
  informed: 'it has an address of its own and asks for the rest',

  // NAK
  'wrong-network': 'the address is of another network than the one it is on',
  'address-differs': 'another address is its own',
  'address-taken': 'somebody else has the address',
  'no-such-offer': 'we made it no such offer, or the offer has run out',
  'given-by-another-node': 'another node of the cluster gave the address to somebody else first',

  // taken note of
  released: 'it gave its address back',
  declined: 'it found the address in use; the address rests',

  // silent
  'not-allowed': 'it is no phone, no device and has no reservation',
  'weak-class': 'its vendor class is that of other equipment too, and its hardware address is not known',
  'no-subnet': 'no subnet is configured for where it comes from',
  'other-server': 'it took the offer of another server',
  'not-ours': 'the address is not of our pools, so it is not ours to refuse',
  'no-record': 'nothing is known of this client, so another server may know it',
  'not-its-lease': 'the address is not leased to this client',
  'not-to-us': 'it speaks to another server',
  'no-requested-address': 'it names no address',
  'pool-empty': 'no address is free',
  'cut-off': 'no address that this node holds in reserve is free, and the cluster bus cannot be asked for more',
  'of-another-node': 'another node may have given the address, and it or the cluster bus is not heard',
  'not-told': 'the cluster bus did not answer, so the other nodes may give the address to somebody else',
  'kept-for-devices': 'the addresses that are free are kept for configured devices',
  'too-many-new-clients': 'too many new clients in this second',
  'too-many-open-offers': 'too many offers wait to be taken up',
  'option-82-without-relay': 'it carries relay information that no relay added',
  bootp: 'plain BOOTP, without a message type',
  'a-reply': 'it is a reply, as servers send',
  'for-clients': 'a message type that only servers send',
  'no-room': 'the answer would not fit into what the client can take',
  'not-saved': 'the lease could not be written down, so it was not given',
} as const;

/** Why a message was answered as it was. */
export type Reason = keyof typeof REASONS;

/** What was done about a message; `noted`: it was accepted, and has no answer. */
export type Decision = 'OFFER' | 'ACK' | 'NAK' | 'noted' | 'silent';

/** By reason why a datagram is no DHCP message: its text. */
export const MALFORMED = {
  short: 'shorter than the fixed header and the cookie',
  overlong: 'longer than any DHCP message',
  cookie: 'the magic cookie is not 63825363',
  op: 'op is neither request nor reply',
  hlen: 'the hardware address is longer than its 16 octets',
  overrun: 'an option runs past the end of its field',
  overload: 'option 52 is not 1, 2 or 3',
  'option-length': 'an option has a length that its meaning does not allow',
  'message-type': 'option 53 is doubled or no message type',
  'no-identity': 'neither a hardware address nor a client identifier',
} as const;
/** Why a datagram is no DHCP message. */
export type MalformedReason = keyof typeof MALFORMED;
