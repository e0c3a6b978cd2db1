// Steps of a remedy, each in the form in which it can be pasted, typed or pressed.

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
}

/** Where the configuration of a phone stands, and the process that reads it. */
export interface ConfiguredPlace {
  readonly file: string;
  /** The line of the device. Absent: it stands in no file. */
  readonly line?: number | undefined;
  /** The main file, for keys that do not belong to a device. */
  readonly mainFile: string;
  readonly pid: number;
}

/** A key of the device. */
export const deviceKeys = ({ file, line }: ConfiguredPlace, text: string): RemedyStep => ({
  do: 'config',
  text,
  file,
  ...(line === undefined ? {} : { line }),
});

/** A key of the daemon, outside the devices. */
export const setting = ({ mainFile }: ConfiguredPlace, text: string): RemedyStep => ({
  do: 'config',
  text,
  file: mainFile,
});

/** Makes labcm read its configuration again. */
export const reload = ({ pid }: ConfiguredPlace): RemedyStep => ({ do: 'signal', text: `kill -HUP ${pid}` });

/** A command for a shell of this host. */
export const command = (text: string): RemedyStep => ({ do: 'command', text });
/** A path or name as one word of a shell's command. */
export const shellWord = (text: string): string =>
  /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
/** Keys of the phone. */
export const onPhone = (text: string): RemedyStep => ({ do: 'phone', text });
/** Something to do at another machine. */
export const network = (text: string): RemedyStep => ({ do: 'network', text });
/** Something to look at. */
export const look = (text: string): RemedyStep => ({ do: 'look', text });
