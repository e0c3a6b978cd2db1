// Steps of a remedy, each in the form in which it can be pasted, typed or pressed.

import { ShellText, shellWord, type YamlText } from './pasted-text.js';

/** One step of a remedy. */
export interface RemedyStep {
  /**
   * `config`: text for the configuration. `command`: to type. `signal`: the command that makes labcm read its
   * configuration again. `phone`: keys of the phone. `network`: something of another machine. `look`: what to find out.
   */
  readonly do: 'config' | 'command' | 'signal' | 'phone' | 'network' | 'look';
  readonly text: string;
  /** The file of the configuration, and its line where that is known. */
  readonly file?: string;
  readonly line?: number;
  /** It begins another way, in place of the steps before it. */
  readonly or?: true;
}

/** Where the configuration of a phone stands, and the process that reads it. */
export interface ConfiguredPlace {
  readonly file: string;
  /** The line of the device. Absent: it stands in no file. */
  readonly line?: number | undefined;
  /** The name of a device that was added or changed while the daemon ran: a command changes it, no key of the file. */
  readonly runtimeDevice?: string | undefined;
  /** The main file, for keys that do not belong to a device. */
  readonly mainFile: string;
  readonly pid: number;
}

/**
 * Another way, in place of the steps before it.
 */
export const or = (first: RemedyStep, ...others: readonly RemedyStep[]): readonly RemedyStep[] => [
  { ...first, or: true },
  ...others,
];

/** A key of the device, as YAML: a line of its file, or the command that sets it. */
export const deviceKeys = ({ file, line, runtimeDevice }: ConfiguredPlace, { text }: YamlText): RemedyStep =>
  runtimeDevice === undefined
    ? { do: 'config', text, file, ...(line === undefined ? {} : { line }) }
    : command(setCommand(runtimeDevice, text));

/** What stands in double quotes has no comment in it. */
const KEY_LINE = /^([A-Za-z]+):\s*((?:"(?:[^"\\]|\\.)*"|[^"])*?)(\s+#.*)?$/;
/** The parts of a collection: text in double quotes, or anything but a comma. */
const PARTS = /(?:"(?:[^"\\]|\\.)*"|[^,"])+/g;
const QUOTED_TEXT = /"(?:[^"\\]|\\.)*"/g;

const partsOf = (collection: string): readonly string[] => collection.match(PARTS)?.map((part) => part.trim()) ?? [];
/** Text in double quotes as it is meant; JSON has the escapes that remedies write. */
const plainText = (part: string): string => part.replace(QUOTED_TEXT, (written) => JSON.parse(written));

/** `lines: ["5001", "5002"]` as `labcm set NAME lines=5001;5002`. A comment stays: a shell has the same. */
const setCommand = (device: string, yaml: string): ShellText => {
  const [, key = '', value = '', comment = ''] = KEY_LINE.exec(yaml) ?? [];
  const settings = settingsOf(key, isOut(comment) ? '' : value)
    .map(quoted)
    .join(' ');
  return new ShellText(`labcm set ${shellWord(device)} ${settings}${comment}`);
};

/** A key without a value is taken away. */
const isOut = (comment: string): boolean => comment.includes('take it out');

const settingsOf = (key: string, value: string): readonly string[] => {
  const [, mapping] = /^\{\s*(.*?)\s*\}$/.exec(value) ?? [];
  if (mapping !== undefined) return partsOf(mapping).map((part) => `${key}.${plainText(part.replace(/:\s*/, '='))}`);
  const [, list] = /^\[\s*(.*?)\s*\]$/.exec(value) ?? [];
  return [`${key}=${list === undefined ? plainText(value) : partsOf(list).map(plainText).join(';')}`];
};

/** What a shell would read otherwise stands in quotes. */
const quoted = (setting: string): string =>
  /^[A-Za-z0-9=.,:…_-]*$/.test(setting) ? setting : `'${setting.replaceAll("'", "'\\''")}'`;

/** A key of the daemon, outside the devices. */
export const setting = ({ mainFile }: ConfiguredPlace, { text }: YamlText): RemedyStep => ({
  do: 'config',
  text,
  file: mainFile,
});

/** Makes labcm read its configuration again. */
export const reload = ({ pid }: ConfiguredPlace): RemedyStep => ({ do: 'signal', text: `kill -HUP ${pid}` });

/** A command for a shell of this host. */
export const command = ({ text }: ShellText): RemedyStep => ({ do: 'command', text });
/** Keys of the phone. */
export const onPhone = (text: string): RemedyStep => ({ do: 'phone', text });
/** Something to do at another machine. */
export const network = (text: string): RemedyStep => ({ do: 'network', text });
/** Something to look at. */
export const look = (text: string): RemedyStep => ({ do: 'look', text });

/**
 * A file that is to be put below `tftp.root`, or to be mended there. Whoever asks gets the new one: the daemon looks at
 * the folder itself.
 */
export const servedFile = (text: string): readonly [RemedyStep, RemedyStep] => [
  look(text),
  look('labcm sees it at the next request, without a reload; power the phone off and on, so that it asks again'),
];
