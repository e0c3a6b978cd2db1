// The lines of CUCM's SDL trace and their columns (`docs/protocols/explain.md` §6). What they say is in `rows/`.

import { printable } from '../line.js';

/** CUCM's processes that appear here, with the numbers that release 11.5 gives their types. */
export const PROCESS_TYPES = {
  SdlTCPConnection: 14,
  StationInit: 65,
  StationD: 66,
  SIPTcp: 74,
  SIPStationInit: 75,
  SIPStationD: 76,
  SIPHandler: 82,
  LineControl: 178,
  Cdcc: 224,
} as const;

/** One process: `StationD(1,100,66,7)` is the seventh StationD of node 1. */
export interface SdlProcess {
  readonly name: keyof typeof PROCESS_TYPES;
  readonly instance: number;
}

/** What a signal goes back to: the message `message` of the connection `link`. Without a device: not known yet. */
export interface SdlTag {
  readonly link: number;
  readonly message: number;
  readonly address: string;
  readonly device: string | undefined;
}

/** A signal from one process to another. */
export interface SdlSignal {
  readonly kind: 'signal';
  readonly name: string;
  /** Of the process that receives it. */
  readonly state: string;
  readonly to: SdlProcess;
  readonly from: SdlProcess;
  readonly tag: SdlTag;
  /** The priority of its queue and what it carries; absent: `*TraceFlagOverrode`. */
  readonly carries?: { readonly queue: 'V' | 'L' | 'N'; readonly values: string };
}

/** One entry of the trace. The writer escapes what phones said, counts instances, and gives each entry its number. */
export type SdlLine =
  | SdlSignal
  /** A process begins, or ends: then only if it had begun. */
  | { readonly kind: 'created' | 'stopping'; readonly process: SdlProcess; readonly by: SdlProcess }
  | { readonly kind: 'info' | 'alarm'; readonly text: string }
  /** A text of several lines, of which the first has the columns. */
  | { readonly kind: 'block'; readonly lines: readonly string[] }
  /** A SIP message as it was on the wire below a line about it. `counter` counts those of both directions. */
  | { readonly kind: 'message'; readonly text: string; readonly counter: number; readonly message: string };

/** The trace type of each kind of entry, padded. */
const TYPES = {
  signal: 'SdlSig   ',
  created: 'Created  ',
  stopping: 'Stopping ',
  info: 'AppInfo  ',
  block: 'AppInfo  ',
  message: 'AppInfo  ',
  alarm: 'AlarmErr ',
} as const satisfies Record<SdlLine['kind'], string>;

/** The type of the first line of a file. */
export const FILE_HEAD = 'FileHead ';

/** Fills a column. What is too long for it moves the others: readers split at the `|`. */
const column = (text: string, width: number): string => `${text.padEnd(width - 1)} |`;

const SIGNAL_WIDTH = 39;
const STATE_WIDTH = 31;
const PROCESS_WIDTH = 33;
const TAG_WIDTH = 41;

/** Node, application (100 is CallManager) and type, as in a process and a tag. */
const typeText = (node: number, name: SdlProcess['name']): string => `${node},100,${PROCESS_TYPES[name]}`;

/** `LineControl(1,100,178,2)`. */
export const processText = (node: number, { name, instance }: SdlProcess): string =>
  `${name}(${typeText(node, name)},${instance})`;

/** `[1.100.14.7]`, as lines about a connection name it. */
export const connectionText = (node: number, link: number): string =>
  `[${node}.100.${PROCESS_TYPES.SdlTCPConnection}.${link}]`;

const PLAIN_NAME = /^[\w.@-]{1,128}$/;
/** A name in a column. One that would break the columns counts as unknown. */
const nameOrStar = (name: string | undefined): string => (name !== undefined && PLAIN_NAME.test(name) ? name : '*');

const tagText = (node: number, { link, message, address, device }: SdlTag): string =>
  `${typeText(node, 'SdlTCPConnection')},${link}.${message}^${address === '' ? '*' : address}^${nameOrStar(device)}`;

const columns = (name: string, state: string, to: string, from: string, tag: string): string =>
  column(name, SIGNAL_WIDTH) +
  column(state, STATE_WIDTH) +
  column(to, PROCESS_WIDTH) +
  column(from, PROCESS_WIDTH) +
  column(tag, TAG_WIDTH);

const signalText = (node: number, { name, state, to, from, tag, carries }: SdlSignal): string =>
  columns(name, state, processText(node, to), processText(node, from), tagText(node, tag)) +
  (carries === undefined
    ? '*TraceFlagOverrode'
    : `[R:${carries.queue}-H:0,N:0,L:0,V:0,Z:0,D:0] ${printable(carries.values)}`);

/**
 * An entry without its number and time: what follows `|HH:MM:SS.mmm |`, in one line or several. `instances`: how many
 * processes of this name there are, for one that begins or ends.
 */
export const entryText = (node: number, line: SdlLine, instances: number): string => {
  const type = `${TYPES[line.kind]}|`;
  switch (line.kind) {
    case 'signal':
      return type + signalText(node, line);
    case 'created':
    case 'stopping':
      return `${type}${columns('', '', processText(node, line.process), processText(node, line.by), '')}NumOfCurrentInstances: ${instances}`;
    case 'info':
    case 'alarm':
      return type + printable(line.text);
    case 'block':
      return type + line.lines.map(printable).join('\n');
    case 'message':
      return `${type}${printable(line.text)}\n[${line.counter},NET]\n${wholeMessage(line.message)}`;
  }
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS_OF_A_MESSAGE = /\r(?!\n)|[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]/g;
/** As each numbered line begins, and a file does. */
const LIKE_OURS = /(^|\n)(?=\d{8}\.\d{3} \|)/g;

const escaped = (character: string): string => printable(character);

/**
 * A message with its own ends of lines and an empty line after it. Other control characters are escaped, and a line that
 * begins like one of the trace gets a blank before it, so that a peer cannot forge one.
 */
const wholeMessage = (message: string): string =>
  `${message.replace(CONTROLS_OF_A_MESSAGE, escaped).replace(LIKE_OURS, '$1 ')}${message.endsWith('\n') ? '' : '\n'}`;
