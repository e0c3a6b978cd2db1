// Names, addresses and numbers of many phones by pattern: `%d`, `%06d` or `%012X` is replaced by the phone's number.

const PLACE = /%(?:0(\d{1,2}))?([dxX])/g;

/** Does the pattern give each phone another text? */
export const isPattern = (pattern: string): boolean => new RegExp(PLACE).test(pattern);

/** The text of one phone. */
export const fromPattern = (pattern: string, number: number): string =>
  pattern.replace(PLACE, (_whole, width: string | undefined, kind: string) => {
    const digits = kind === 'd' ? String(number) : number.toString(16);
    return (kind === 'X' ? digits.toUpperCase() : digits).padStart(Number(width ?? 0), '0');
  });

/** One of a mix of phones, with its share. */
export interface MixPart {
  readonly model: string;
  readonly protocol: 'SCCP' | 'SIP';
  readonly share: number;
}

const PART = /^([^/=]+)\/(sccp|sip)(?:=(\d{1,6}))?$/i;

/** Reads a mix such as `CIPC/sccp=60,8851/sip=40`; `undefined`: the text is none. */
export const parseMix = (text: string): readonly MixPart[] | undefined => {
  const parts = text.split(',').map((written): MixPart | undefined => {
    const [, model, protocol, share = '1'] = PART.exec(written.trim()) ?? [];
    if (model === undefined || protocol === undefined || Number(share) === 0) return undefined;
    return { model, protocol: protocol.toUpperCase() as MixPart['protocol'], share: Number(share) };
  });
  return parts.every((part) => part !== undefined) ? parts : undefined;
};

/**
 * The part of a mix to which a phone belongs. Phones are spread evenly: of any hundred in a row each part has its
 * share.
 */
export const mixAt = (mix: readonly MixPart[], number: number): MixPart | undefined => {
  const whole = mix.reduce((sum, { share }) => sum + share, 0);
  // A stride that shares no factor with the whole visits every place once.
  const place = (number * strideOf(whole)) % whole;
  let before = 0;
  for (const part of mix) {
    before += part.share;
    if (place < before) return part;
  }
  return undefined;
};

const strideOf = (whole: number): number => {
  let stride = Math.max(1, Math.round(whole * 0.618));
  while (commonFactor(stride, whole) !== 1) stride += 1;
  return stride;
};

const commonFactor = (one: number, other: number): number => (other === 0 ? one : commonFactor(other, one % other));

/** The host addresses of a network such as `127.10.0.0/16`, by number; `undefined`: the text is no such network. */
export const addressesOf = (network: string): ((number: number) => string) | undefined => {
  const [, a, b, c, d, bits] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(network) ?? [];
  const octets = [a, b, c, d].map(Number);
  if (bits === undefined || Number(bits) > 30 || octets.some((part) => part > 255)) return undefined;
  const start = octets.reduce((sum, part) => sum * 256 + part, 0);
  const size = 2 ** (32 - Number(bits)) - 2;
  return (number) => {
    const address = start + 1 + (number % size);
    return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
  };
};
