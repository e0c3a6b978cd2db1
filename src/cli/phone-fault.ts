// `labcm phone --fault NAME`: lets a phone misbehave, and prints what the server must do and what it did.

import { FAULTS, FaultRunner, type Finding, type PhoneEnvironment, type PhonePlan } from '../phone/index.js';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from './environment.js';
import { OptionFailure } from './failure.js';
import type { PhoneArguments } from './phone-options.js';

const LOOPBACK = /^127\./;

/** Runs the fault that the options name. Throws an `OptionFailure`. */
export const misbehave = async (
  environment: CliEnvironment,
  { fault: name = '', call, json }: PhoneArguments,
  machine: PhoneEnvironment,
  { identity, nodes, lines, files, localAddress }: PhonePlan,
): Promise<ExitCode> => {
  const fault = FAULTS[name];
  const [node] = nodes;
  const [line = { dn: '', contact: '', authName: '', authPassword: '' }] = lines;
  if (fault === undefined || node === undefined)
    throw new OptionFailure('--fault', name, `one of ${Object.keys(FAULTS).join(', ')}`);
  if (!fault.protocols.includes(identity.protocol))
    throw new OptionFailure(
      '--fault',
      `${name} over ${identity.protocol}`,
      `--protocol ${fault.protocols.join(' or ').toLowerCase()}`,
    );
  if (identity.protocol === 'SIP' && line.dn === '' && fault.needsNoLine !== true)
    throw new OptionFailure('--line', 'nothing', 'a number of the device, which its REGISTER names');
  if (json !== true) say(environment, `${identity.name} ${fault.does}; the server must ${fault.must}`);
  const bench = new FaultRunner(machine, {
    identity,
    node,
    files: { address: files.server, port: files.tftpPort },
    line,
    localAddress,
    peer: call,
    otherAddress: LOOPBACK.test(node.address) ? '127.0.0.66' : undefined,
  });
  let found: Finding;
  try {
    found = await fault.run(bench);
  } catch (error) {
    found = { right: false, received: error instanceof Error ? error.message : String(error) };
  }
  bench.close();
  await machine.close();
  if (json === true)
    print(
      environment,
      JSON.stringify({ fault: name, phone: identity.name, right: found.right, heard: found.received }),
    );
  else print(environment, `${found.right ? 'as it must' : 'NOT as it must'}: ${found.received}`);
  return found.right ? EXIT.done : EXIT.failed;
};
