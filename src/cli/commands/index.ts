// All commands, in the order in which they are listed. Each row loads its commands when they are needed: most of the time
// that a short command takes would go into reading the modules of the others.

import type { CommandModule } from 'yargs';
import type { CliEnvironment, ExitCode } from '../environment.js';

/** What a command is made of. */
export interface CommandParts {
  readonly environment: CliEnvironment;
  /** Sets the exit code of a command that ends in order. */
  readonly exit: (code: ExitCode) => void;
  readonly version: string;
}

interface CommandRow {
  /** The first words of its commands. */
  readonly names: readonly string[];
  readonly load: (parts: CommandParts) => Promise<readonly unknown[]>;
}

const COMMANDS: readonly CommandRow[] = [
  { names: ['run'], load: async (p) => [(await import('./run.js')).runCommand(p.environment)] },
  { names: ['init'], load: async (p) => [(await import('./init.js')).initCommand(p.environment)] },
  { names: ['check'], load: async (p) => [(await import('./check.js')).checkCommand(p.environment, p.exit)] },
  { names: ['doctor'], load: async (p) => [(await import('./doctor.js')).doctorCommand(p.environment, p.exit)] },
  { names: ['status'], load: async (p) => [(await import('./status.js')).statusCommand(p.environment)] },
  { names: ['timeline'], load: async (p) => [(await import('./timeline.js')).timelineCommand(p.environment)] },
  { names: ['why'], load: async (p) => [(await import('./why.js')).whyCommand(p.environment, p.exit)] },
  { names: ['pcap'], load: async (p) => [(await import('./pcap.js')).pcapCommand(p.environment)] },
  { names: ['leases'], load: async (p) => [(await import('./leases.js')).leasesCommand(p.environment)] },
  { names: ['nodes'], load: async (p) => [(await import('./nodes.js')).nodesCommand(p.environment)] },
  { names: ['calls'], load: async (p) => [(await import('./calls.js')).callsCommand(p.environment)] },
  { names: ['dial'], load: async (p) => [(await import('./dial.js')).dialCommand(p.environment, p.exit)] },
  { names: ['mwi'], load: async (p) => [(await import('./mwi.js')).mwiCommand(p.environment)] },
  {
    names: ['reset', 'restart', 'apply'],
    load: async (p) => (await import('./device-commands.js')).deviceCommands(p.environment),
  },
  { names: ['capf'], load: async (p) => [(await import('./capf.js')).capfCommand(p.environment)] },
  { names: ['push'], load: async (p) => [(await import('./push.js')).pushCommand(p.environment, p.exit)] },
  { names: ['fault'], load: async (p) => [(await import('./fault.js')).faultCommand(p.environment)] },
  {
    names: ['add', 'set', 'remove'],
    load: async (p) => (await import('./device-changes.js')).deviceChangeCommands(p.environment),
  },
  {
    names: ['forward', 'dnd'],
    load: async (p) => (await import('./line-features.js')).lineFeatureCommands(p.environment),
  },
  { names: ['import'], load: async (p) => [(await import('./import.js')).importCommand(p.environment)] },
  { names: ['export'], load: async (p) => [(await import('./export.js')).exportCommand(p.environment)] },
  { names: ['phone'], load: async (p) => [(await import('./phone.js')).phoneCommand(p.environment, p.exit)] },
  { names: ['wait'], load: async (p) => [(await import('./wait.js')).waitCommand(p.environment, p.exit)] },
  { names: ['assert'], load: async (p) => [(await import('./assert.js')).assertCommand(p.environment, p.exit)] },
  { names: ['drill'], load: async (p) => [(await import('./drill.js')).drillCommand(p.environment, p.exit)] },
  {
    names: ['record'],
    load: async (p) => [(await import('./record.js')).recordCommand(p.environment, p.version, p.exit)],
  },
  { names: ['replay'], load: async (p) => [(await import('./replay.js')).replayCommand(p.environment, p.exit)] },
  { names: ['diff'], load: async (p) => [(await import('./diff.js')).diffCommand(p.environment, p.exit)] },
  { names: ['decode'], load: async (p) => [(await import('./decode.js')).decodeCommand(p.environment, p.exit)] },
  { names: ['messages'], load: async (p) => [(await import('./messages.js')).messagesCommand(p.environment)] },
  { names: ['schema'], load: async (p) => [(await import('./schema.js')).schemaCommand(p.environment)] },
  { names: ['snippet'], load: async (p) => [(await import('./snippet.js')).snippetCommand(p.environment, p.version)] },
  { names: ['trust'], load: async (p) => [(await import('./trust.js')).trustCommand(p.environment, p.exit)] },
  { names: ['itl'], load: async (p) => [(await import('./itl.js')).itlCommand(p.environment)] },
];

/** The first words of all commands. */
export const COMMAND_NAMES: readonly string[] = COMMANDS.flatMap(({ names }) => names);

/** The commands that `word`, the first argument, may be about: those of its row, or all where it is no command. */
export const commandsFor = async (word: string | undefined, parts: CommandParts): Promise<readonly CommandModule[]> => {
  const own = COMMANDS.filter(({ names }) => word !== undefined && names.includes(word));
  const rows = own.length > 0 ? own : COMMANDS;
  return (await Promise.all(rows.map(({ load }) => load(parts)))).flat() as readonly CommandModule[];
};
