import type { Argv, CommandModule } from 'yargs';
import { type CapturedService, SERVICES } from '../../capture/record.js';
import type { Duration } from '../../core/time.js';
import type { PrivateFile } from '../../net/files/private-file.js';
import { type ApiArguments, apiClient, apiOptions, devicePath } from '../api-client.js';
import { duration } from '../durations.js';
import { type CliEnvironment, say } from '../environment.js';
import { CommandFailure, OptionFailure } from '../failure.js';
import { interruption } from '../signals.js';

interface PcapArguments extends ApiArguments {
  readonly device?: string | undefined;
  readonly output?: string | undefined;
  readonly follow?: boolean | undefined;
  readonly since?: Duration | undefined;
  readonly protocols?: readonly CapturedService[] | undefined;
  readonly secrets?: string | undefined;
  readonly redact?: boolean | undefined;
}

const LIMITS = `It is labcm's own view: what it received and sent, with its times. There is no ARP in it, no packet that the
kernel repeated or that was lost, and no speech. Headers and checksums are made, not seen. What came through TLS is shown
as it was inside.

Passwords in the files of phones, digest responses and what is dialled over SCCP during a call are in it, unless --redact
replaces them by x. The file is for its owner alone (0600), and the API wants its token, as for a change.

labcm keeps packets of the devices that the configuration names: capture: { devices: all }. With --follow it keeps those
of this device meanwhile.`;

/** `labcm pcap`: writes what labcm received and sent for a device as pcapng, for Wireshark. */
export const pcapCommand = (environment: CliEnvironment): CommandModule<object, PcapArguments> => ({
  command: 'pcap <device>',
  describe: 'a capture of one device for Wireshark: what labcm received and sent, without root',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('device', {
        type: 'string',
        demandOption: true,
        describe: 'its name in any case, its hardware address or its IPv4 address; also of one that nobody configured',
      })
      .option('output', { alias: 'o', type: 'string', describe: 'the file to write [default: standard output]' })
      .option('follow', {
        alias: 'f',
        type: 'boolean',
        describe: 'go on with each packet as it happens, until interrupted',
      })
      .option('since', {
        type: 'string',
        describe: 'only packets of so long a time, such as 10m',
        coerce: duration('since'),
      })
      .option('protocols', {
        type: 'string',
        describe: `only these, such as dhcp,tftp: ${SERVICES.join(', ')}`,
        coerce: protocolList,
      })
      .option('secrets', {
        choices: ['decrypted', 'none'],
        describe: 'none: without what came through TLS',
      })
      .option('redact', { type: 'boolean', describe: 'replace passwords and digest responses by x' })
      .example('labcm pcap SEP005056A1033D -o boot.pcapng', 'what there is of its boot')
      .example('labcm pcap SEP005056A1033D --follow | wireshark -k -i -', 'beside the phone, while it boots')
      .epilogue(LIMITS),
  handler: async ({ device = '', output, follow, since, protocols, secrets, redact, ...where }) => {
    if (output === undefined && environment.stdout.isTTY === true)
      throw new OptionFailure('--output', 'a terminal, which shows no packets', 'a file by -o, or a pipe');
    const query = new URLSearchParams({
      ...(follow === true ? { follow: 'true' } : {}),
      ...(since === undefined ? {} : { since: `${since}ms` }),
      ...(protocols === undefined ? {} : { protocols: protocols.join(',') }),
      ...(secrets === undefined ? {} : { secrets }),
      ...(redact === true ? { redact: 'true' } : {}),
    });
    const api = await apiClient(environment, where);
    const path = `${devicePath(device)}/pcap`;
    const response = await api.stream(query.size === 0 ? path : `${path}?${query}`, device);
    const ending = interruption(environment);
    const file = output === undefined ? undefined : create(environment, output);
    const octets = await copy(response, ending.interrupted, (piece) => write(environment, file, piece));
    ending.stop();
    file?.close();
    const packets = response.headers.get('x-labcm-packets');
    if (packets === '0') say(environment, `${device}: labcm has kept no packet of it`);
    else if (output !== undefined)
      say(environment, packets === null ? `${output}: ${octets} octets` : `${output}: ${packets} packets`);
  },
});

const protocolList = (written: string | undefined): readonly CapturedService[] | undefined =>
  written?.split(',').map((name) => {
    const found = SERVICES.find((service) => service === name.trim().toLowerCase());
    if (found === undefined) throw new OptionFailure('--protocols', name, `some of ${SERVICES.join(',')}`);
    return found;
  });

const create = (environment: CliEnvironment, path: string): PrivateFile => {
  try {
    return environment.createPrivateFile(path);
  } catch (error) {
    throw notWritten(path, error);
  }
};

const write = ({ stdout }: CliEnvironment, file: PrivateFile | undefined, octets: Uint8Array): void => {
  if (file === undefined) {
    stdout.write(octets);
    return;
  }
  try {
    file.write(octets);
  } catch (error) {
    throw notWritten(file.path, error);
  }
};

const notWritten = (path: string, error: unknown): CommandFailure => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new CommandFailure(path, `a file that cannot be written (${code})`, 'one that can', 'name another by -o');
};

/** Copies the answer to its end, or until `interrupted`. Resolves with the number of octets. */
const copy = async (
  response: Response,
  interrupted: Promise<unknown>,
  take: (piece: Uint8Array) => void,
): Promise<number> => {
  const reader = response.body?.getReader();
  if (reader === undefined) return 0;
  let octets = 0;
  let isOver = false;
  void interrupted.then(() => {
    isOver = true;
    void reader.cancel().catch(() => {});
  });
  for (;;) {
    const piece = await reader.read().catch(() => undefined);
    if (piece === undefined && !isOver)
      throw new CommandFailure(
        'the capture',
        'an end in the middle',
        'its whole length',
        'the daemon has stopped, or was asked too much',
      );
    if (piece === undefined || piece.done || isOver) return octets;
    octets += piece.value.length;
    take(piece.value);
  }
};
