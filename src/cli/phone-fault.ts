// `labcm phone --fault NAME`: lets a phone misbehave, and prints what the server must do and what it did.

import {
  FAULTS,
  type FaultPlan,
  FaultRunner,
  type Finding,
  type Misbehaviour,
  type PhoneEnvironment,
  type PhonePlan,
  targetInFile,
} from '../phone/index.js';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from './environment.js';
import { OptionFailure } from './failure.js';
import type { PhoneArguments } from './phone-options.js';

const LOOPBACK = /^127\./;

/** Runs the fault that the options name. Throws an `OptionFailure`. */
export const misbehave = async (
  environment: CliEnvironment,
  { fault: name = '', call, json }: PhoneArguments,
  machine: PhoneEnvironment,
  plan: PhonePlan,
): Promise<ExitCode> => {
  const { identity, files, localAddress } = plan;
  const fault = FAULTS[name];
  if (fault === undefined) throw new OptionFailure('--fault', name, `one of ${Object.keys(FAULTS).join(', ')}`);
  if (!fault.protocols.includes(identity.protocol))
    throw new OptionFailure(
      '--fault',
      `${name} over ${identity.protocol}`,
      `--protocol ${fault.protocols.join(' or ').toLowerCase()}`,
    );
  const { node, line } = await targetOf(machine, plan, fault);
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

const NO_LINE = { dn: '', contact: '', authName: '', authPassword: '' };

/** Whom it talks to and its line: those of the options; without a line, those of its file. Throws an `OptionFailure`. */
const targetOf = async (
  machine: PhoneEnvironment,
  plan: PhonePlan,
  { needsNoLine }: Misbehaviour,
): Promise<Pick<FaultPlan, 'node' | 'line'>> => {
  const { identity, boot, nodes, lines, files } = plan;
  const [node] = nodes;
  const [line = NO_LINE] = lines;
  if (node === undefined) throw new OptionFailure('--call-manager', 'nothing', 'an address');
  if (identity.protocol !== 'SIP' || line.dn !== '' || needsNoLine === true) return { node, line };
  const wanted = 'a number of the device, which its REGISTER names';
  if (boot === 'register') throw new OptionFailure('--line', 'nothing', wanted);
  const target = await targetInFile(machine, plan);
  if (target === undefined)
    throw new OptionFailure('--line', `nothing, and no file of ${identity.name} at ${files.server}`, wanted);
  return target;
};
