// The calls of a line as generic phones are told of them (RFC 4235). Each NOTIFY has all calls of the line: a phone that missed
// one is right after the next (`docs/protocols/calls.md` §3.11).

import type { LineCall } from '../../calls/index.js';
import type { DirectoryNumber } from '../../core/identifiers.js';
import { escapeXml } from '../../core/xml/entities.js';

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';
/** Phones that look for a dialog to switch their lamp off find one. */
const NO_CALL = '<dialog id="0">\n<state>terminated</state>\n</dialog>\n';
/** The line holds the call (RFC 5359 §2.4, as RFC 4235 §4.1.6 lets it be said). */
const HELD = '<param pname="+sip.rendering" pval="no"/>';

/** UTF-8 in latin1 text, because messages are written octet by octet. */
const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

/** What a document of RFC 4235 is about. */
export interface LineDialogs {
  readonly dn: DirectoryNumber;
  /** The host of the URI that is watched. */
  readonly host: string;
  /** Counts the NOTIFYs from 0. */
  readonly version: number;
  readonly calls: readonly LineCall[];
}

const identityOf = (number: string, name: string, host: string): string => {
  const display = name === '' ? '' : ` display="${escapeXml(name)}"`;
  return `<identity${display}>${escapeXml(`sip:${number}@${host}`)}</identity>`;
};

const dialogOf = ({ id, direction, state, isHeld, far }: LineCall, dn: string, host: string): string => {
  const target = `<target uri="${escapeXml(`sip:${dn}@${host}`)}">${isHeld ? HELD : ''}</target>`;
  const remote =
    far === undefined
      ? ''
      : `<remote>${identityOf(far.number, far.name, host)}<target uri="${escapeXml(`sip:${far.number}@${host}`)}"/></remote>\n`;
  return `<dialog id="${escapeXml(String(id))}" direction="${direction}">\n<state>${state}</state>\n<local>${identityOf(dn, '', host)}${target}</local>\n${remote}</dialog>\n`;
};

/** The document of a line. */
export const dialogInfo = ({ dn, host, version, calls }: LineDialogs): string => {
  const dialogs = calls.length === 0 ? NO_CALL : calls.map((call) => dialogOf(call, dn, host)).join('');
  return utf8(
    `${XML}<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${version}" state="full" entity="${escapeXml(`sip:${dn}@${host}`)}">\n${dialogs}</dialog-info>\n`,
  );
};
