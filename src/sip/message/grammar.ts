// The basic elements of SIP's grammar (RFC 3261 §25.1): tokens, quoted strings, comma lists, `;name=value` parameters
// and name-addr. All text is latin1, so that it can be copied octet by octet. Each function takes linear time and never
// throws.

/** A `;name` or `;name=value`. The value is as written, quotes included; absent for a flag. */
export interface Parameter {
  /** As written; compare with `nameIs`. */
  readonly name: string;
  readonly value: string | undefined;
}

/** `"Name" <uri>;params`, `Name <uri>;params` or `uri;params`. */
export interface NameAddress {
  /** As written, quotes included; empty: none. */
  readonly display: string;
  readonly uri: string;
  readonly parameters: readonly Parameter[];
}

const TOKEN = new Uint8Array(256);
for (const character of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~")
  TOKEN[character.charCodeAt(0)] = 1;

/** Whether the octet may stand in a token. */
export const isTokenCode = (code: number): boolean => TOKEN[code] === 1;

/**
 * Whether the octets from `start` to `end` are those of a latin1 text.
 *
 * @hot For short texts this is quicker than making a string to compare.
 */
export const octetsAre = (bytes: Uint8Array, start: number, end: number, text: string): boolean => {
  if (end - start !== text.length) return false;
  for (let at = 0; at < text.length; at += 1) if (bytes[start + at] !== text.charCodeAt(at)) return false;
  return true;
};

const HT = 0x09;
const SP = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const BACKSLASH = 0x5c;

/** The index of the first octet from `at` that is no blank. */
export const skipBlanks = (text: string, at: number): number => {
  let next = at;
  while (next < text.length && (text.charCodeAt(next) === SP || text.charCodeAt(next) === HT)) next += 1;
  return next;
};

/** The index after the quoted string that opens at `at`; -1: it has no end. */
export const afterQuoted = (text: string, at: number): number => {
  for (let next = at + 1; next < text.length; next += 1) {
    const code = text.charCodeAt(next);
    if (code === BACKSLASH) next += 1;
    else if (code === QUOTE) return next + 1;
  }
  return -1;
};

/** The value without quotes and their escapes. */
export const unquoted = (value: string): string => {
  if (value.charCodeAt(0) !== QUOTE) return value;
  const inner = value.slice(1, value.length - 1);
  return inner.includes('\\') ? inner.replace(/\\(.)/gs, '$1') : inner;
};

/** The elements of a comma list, trimmed. `undefined`: an unbalanced quote or bracket, or an empty element. */
export const splitList = (text: string): readonly string[] | undefined => {
  if (!text.includes(',')) return text === '' ? undefined : [text];
  const elements: string[] = [];
  let start = 0;
  let bracket = false;
  for (let at = 0; at <= text.length; ) {
    const code = at === text.length ? COMMA : text.charCodeAt(at);
    if (code === QUOTE && !bracket) {
      at = afterQuoted(text, at);
      if (at < 0) return undefined;
      continue;
    }
    if (code === LESS) bracket = true;
    else if (code === GREATER) bracket = false;
    else if (code === COMMA && (!bracket || at === text.length)) {
      if (bracket) return undefined;
      const element = text.slice(start, at).trim();
      if (element === '') return undefined;
      elements.push(element);
      start = at + 1;
    }
    at += 1;
  }
  return elements;
};

/**
 * Reads `;name[=value]…` from `at` to the end of `text`, blanks allowed around everything. `undefined`: there is
 * something else, such as an empty parameter.
 */
export const parseParameters = (text: string, at: number): readonly Parameter[] | undefined => {
  const parameters: Parameter[] = [];
  let next = skipBlanks(text, at);
  while (next < text.length) {
    if (text.charCodeAt(next) !== SEMICOLON) return undefined;
    const start = skipBlanks(text, next + 1);
    next = start;
    while (next < text.length && TOKEN[text.charCodeAt(next)] === 1) next += 1;
    if (next === start) return undefined;
    const name = text.slice(start, next);
    next = skipBlanks(text, next);
    if (text.charCodeAt(next) !== EQUALS) {
      parameters.push({ name, value: undefined });
      continue;
    }
    const from = skipBlanks(text, next + 1);
    next = afterValue(text, from);
    if (next <= from) return undefined;
    parameters.push({ name, value: text.slice(from, next) });
    next = skipBlanks(text, next);
  }
  return parameters;
};

/** The index after a parameter's value: a quoted string, or a run of what ends no parameter. */
const afterValue = (text: string, at: number): number => {
  if (text.charCodeAt(at) === QUOTE) return afterQuoted(text, at);
  let next = at;
  for (; next < text.length; next += 1) {
    const code = text.charCodeAt(next);
    if (code === SEMICOLON || code === COMMA || code === QUOTE || code === LESS || code === GREATER) break;
    if (code <= SP) break;
  }
  return next;
};

/** `name` in lower case. */
export const nameIs = (parameter: Parameter, name: string): boolean =>
  parameter.name.length === name.length && (parameter.name === name || parameter.name.toLowerCase() === name);

/** The first parameter of that name, given in lower case. */
export const findParameter = (parameters: readonly Parameter[], name: string): Parameter | undefined => {
  for (const parameter of parameters) if (nameIs(parameter, name)) return parameter;
  return undefined;
};

/** Without quotes; `undefined` where there is none or it has no value. */
export const parameterValue = (parameters: readonly Parameter[], name: string): string | undefined => {
  const value = findParameter(parameters, name)?.value;
  return value === undefined ? undefined : unquoted(value);
};

/** RFC 3261 §20.10: without `<>` everything after `;` is a parameter of the header. `undefined`: not a name-addr. */
export const parseNameAddress = (text: string): NameAddress | undefined => {
  const start = skipBlanks(text, 0);
  let open = start;
  if (text.charCodeAt(open) === QUOTE) {
    open = afterQuoted(text, open);
    if (open < 0) return undefined;
    open = skipBlanks(text, open);
    if (text.charCodeAt(open) !== LESS) return undefined;
  } else {
    open = text.indexOf('<');
    if (open < 0) return bareAddress(text, start);
    for (let at = start; at < open; at += 1) {
      const code = text.charCodeAt(at);
      if (TOKEN[code] !== 1 && code !== SP && code !== HT && code < 0x80) return bareAddress(text, start);
    }
  }
  const close = text.indexOf('>', open);
  if (close < 0) return undefined;
  const parameters = parseParameters(text, close + 1);
  if (parameters === undefined) return undefined;
  return { display: text.slice(start, open).trim(), uri: text.slice(open + 1, close).trim(), parameters };
};

const bareAddress = (text: string, start: number): NameAddress | undefined => {
  const semicolon = text.indexOf(';', start);
  const end = semicolon < 0 ? text.length : semicolon;
  const uri = text.slice(start, end).trim();
  if (uri === '' || /[\s<>",?]/.test(uri)) return undefined;
  const parameters = parseParameters(text, end);
  return parameters === undefined ? undefined : { display: '', uri, parameters };
};

/** Reads a number of decimal digits, leading zeros allowed. Above `most`: `most + 1`. `undefined`: it is no number. */
export const parseCount = (text: string, most: number): number | undefined => {
  if (text === '') return undefined;
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    count = Math.min(count * 10 + digit, most + 1);
  }
  return count;
};
