// Who is in a call, as both phones show it and records keep it. SCCP's CallInfo and SIP's Remote-Party-ID print these.

/** One end of a call. Texts are Unicode, without control characters. */
export interface Party {
  readonly number: string;
  /** Empty: none is known. */
  readonly name: string;
  /** The name of the device, for phones of this cluster. */
  readonly device: string | undefined;
  /** Nobody in particular: a conference. Phones name it in their own language. */
  readonly conference?: 'ad-hoc' | 'meet-me';
}

/** Why a call was redirected last: the values of CallInfo and of call records (`docs/protocols/calls.md` §2.11). 0: it was not. */
export type RedirectReason = 0 | 1 | 2 | 4 | 5 | 7 | 8 | 11 | 15 | 34 | 50 | 98;

/** The parties of a call, the same for both ends. */
export interface CallParties {
  readonly calling: Party;
  /** Whom the call rings or has reached. */
  readonly called: Party;
  /** What was dialled first. */
  readonly originalCalled: Party;
  /** Who redirected the call last; the called party where nobody did. */
  readonly lastRedirecting: Party;
  readonly redirectReason: RedirectReason;
  /** Why the call was redirected first, where that is not the last time. */
  readonly originalReason?: RedirectReason;
}

/** How a call was redirected before it came here. */
export type Redirection = Pick<CallParties, 'originalCalled' | 'lastRedirecting' | 'redirectReason'>;

/** A party by its number alone. */
export const partyOf = (number: string, name = '', device?: string): Party => ({
  number: printable(number),
  name: printable(name),
  device,
});

/** The parties of a call that nobody redirected. */
export const directParties = (calling: Party, called: Party): CallParties => ({
  calling,
  called,
  originalCalled: called,
  lastRedirecting: called,
  redirectReason: 0,
});

/** The same call seen from its other end: a phone that was called shows who is at the far end as its caller. */
export const mirrored = ({ calling, called, lastRedirecting, redirectReason }: CallParties): CallParties => ({
  calling: called,
  called: calling,
  originalCalled: calling,
  lastRedirecting,
  redirectReason,
});

/** Text for screens and logs: control characters of a peer are dropped. */
export const printable = (text: string): string => text.replace(CONTROL, '');

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it removes
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;
