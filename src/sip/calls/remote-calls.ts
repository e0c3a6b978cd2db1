// Calls of a shared line on Cisco's SIP phones that do not have them: an unsolicited NOTIFY of a dialog, where the phone agreed
// to that by `optionsind`. The phone resumes a held one by an INVITE whose Replaces names that dialog
// (`docs/protocols/calls.md` §3.8, RFC 4235). No capture shows CUCM's bodies.

import type { CallParties, Party, RemoteCall, RemoteCallPort, RemoteState } from '../../calls/index.js';
import type { DirectoryNumber } from '../../core/identifiers.js';
import type { Instant } from '../../core/time.js';
import { escapeXml } from '../../core/xml/entities.js';
import { newTag, notifyHeaders } from '../notifier/request-writer.js';
import type { RegisteredPhone } from '../registrar/location.js';
import { uriUser } from './call-headers.js';
import { hostOf } from './leg-dialog.js';
import { sendOutside } from './out-of-dialog.js';
import type { ReplacedDialog } from './referrals.js';
import type { CallServices } from './services.js';

const TYPE = 'application/dialog-info+xml';

const utf8 = (text: string): string => Buffer.from(escapeXml(text), 'utf8').toString('latin1');

/** The phone as it is registered now, if it takes the state of shared lines. */
const phoneOf = (services: CallServices, { device }: Pick<RemoteCall, 'device'>): RegisteredPhone | undefined => {
  const phone = services.phones.byDevice(device);
  return phone?.sharedLines === true && phone.flow.open ? phone : undefined;
};

export class SipRemoteCall implements RemoteCallPort {
  readonly call: RemoteCall;
  readonly #services: CallServices;
  readonly #callId: string;
  readonly #localTag: string;
  readonly #remoteTag: string;
  #version = 0;

  /** `undefined`: the phone does not take the state of shared lines. */
  static of(services: CallServices, call: RemoteCall): SipRemoteCall | undefined {
    const phone = phoneOf(services, call);
    return phone === undefined ? undefined : new SipRemoteCall(services, call, phone);
  }

  private constructor(services: CallServices, call: RemoteCall, phone: RegisteredPhone) {
    this.call = call;
    this.#services = services;
    this.#callId = services.newCallId(phone.flow, hostOf(services, phone.flow, phone));
    this.#localTag = newTag(services.random);
    this.#remoteTag = newTag(services.random);
    services.remotes.set(this.#callId, this);
  }

  show(state: RemoteState, parties: CallParties, now: Instant): void {
    this.#notify('confirmed', state === 'held', parties, now);
  }

  end(now: Instant): void {
    this.#services.remotes.delete(this.#callId);
    this.#notify('terminated', false, this.call.parties, now);
  }

  /** Whether a Replaces means it. Phones read the tags from the side of the line or from that of its far end. */
  isMeant({ toTag, fromTag }: ReplacedDialog): boolean {
    const tags = [this.#localTag, this.#remoteTag];
    return toTag !== fromTag && tags.includes(toTag) && tags.includes(fromTag);
  }

  #notify(state: 'confirmed' | 'terminated', isHeld: boolean, parties: CallParties, now: Instant): void {
    const phone = phoneOf(this.#services, this.call);
    const binding = phone?.bindings.find(({ lines }) => lines.includes(this.call.dn as DirectoryNumber));
    if (phone === undefined || binding === undefined) return;
    const host = hostOf(this.#services, phone.flow, phone);
    const headers = notifyHeaders('dialog', 'active');
    const body = { type: TYPE, text: this.#body(host, state, isHeld, parties) };
    sendOutside(this.#services, phone, binding, { method: 'NOTIFY', dn: this.call.dn, headers, body }, now);
  }

  #body(host: string, state: string, isHeld: boolean, { calling, called }: CallParties): string {
    const { call } = this;
    const [direction, far] = call.role === 'caller' ? ['initiator', called] : ['recipient', calling];
    const own = `sip:${uriUser(call.dn)}@${host}`;
    const rendering = isHeld ? '<param pname="+sip.rendering" pval="no"/>' : '';
    const version = this.#version;
    this.#version += 1;
    return [
      `<?xml version="1.0" encoding="UTF-8"?>\n<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${version}" state="partial" entity="${utf8(own)}">\n`,
      `<dialog id="${call.ci}" call-id="${utf8(this.#callId)}" local-tag="${this.#localTag}" remote-tag="${this.#remoteTag}" direction="${direction}">\n<state>${state}</state>\n`,
      `<local>\n<identity>${utf8(own)}</identity>\n<target uri="${utf8(own)}">${rendering}</target>\n</local>\n`,
      `${remoteOf(far, host)}</dialog>\n</dialog-info>\n`,
    ].join('');
  }
}

const remoteOf = ({ number, name }: Party, host: string): string =>
  number === ''
    ? ''
    : `<remote>\n<identity${name === '' ? '' : ` display="${utf8(name)}"`}>${utf8(`sip:${uriUser(number)}@${host}`)}</identity>\n</remote>\n`;
