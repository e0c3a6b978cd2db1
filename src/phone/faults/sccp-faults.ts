import { minutes, seconds } from '../../core/time.js';
import { finding, type Misbehaviour } from './misbehaviour.js';

/** The faults that only SCCP has. */
export const SCCP_FAULTS = {
  'no-capabilities': {
    protocols: ['SCCP'],
    does: 'is accepted and never says what it can do, though it keeps its link alive',
    must: 'end the attempt',
    run: async (runner) => {
      const link = await runner.open();
      link.send(runner.sccpRegister(link));
      await link.waitFor('CapabilitiesReqMessage');
      for (let count = 0; count < 24 && link.closed === undefined; count += 1) {
        link.send(runner.frame('KeepAliveReqMessage', {}));
        await runner.wait(seconds(5));
      }
      return finding(link.closed !== undefined, link);
    },
  },
  'junk-capabilities': {
    protocols: ['SCCP'],
    does: 'reports four billion codecs and sends junk for three',
    must: 'use what is there and go on',
    run: async (runner) => {
      const link = await runner.open();
      link.send(runner.sccpRegister(link));
      await link.waitFor('CapabilitiesReqMessage');
      const junk = Buffer.alloc(12 + 4 + 48, 0xff);
      junk.writeUInt32LE(junk.length - 8, 0);
      junk.writeUInt32LE(0, 4);
      junk.writeUInt32LE(0x0010, 8);
      link.send(junk);
      link.send(runner.frame('KeepAliveReqMessage', {}));
      return finding((await link.waitFor('KeepAliveAckMessage')) && link.closed === undefined, link);
    },
  },
  'early-questions': {
    protocols: ['SCCP'],
    does: 'asks for its keys, lines and clock before it registers',
    must: 'answer none of it, keep the link and register it after',
    run: async (runner) => {
      const link = await runner.open();
      link.send(runner.frame('ButtonTemplateReqMessage', {}));
      link.send(runner.frame('LineStatReqMessage', { lineNumber: 1 }));
      link.send(runner.frame('TimeDateReqMessage', {}));
      link.send(runner.frame('KeepAliveReqMessage', {}));
      await link.waitFor('KeepAliveAckMessage');
      const quiet = link.received.length === 1;
      return finding(quiet && (await runner.registerNormally(link)), link);
    },
  },
  'short-register': {
    protocols: ['SCCP'],
    does: 'sends a Register that ends in its name',
    must: 'refuse it and close',
    run: async (runner) => {
      const link = await runner.open();
      const frame = runner.sccpRegister(link).subarray(0, 12 + 16);
      const short = Buffer.from(frame);
      short.writeUInt32LE(short.length - 8, 0);
      link.send(short);
      const refused = await link.waitFor(/^RegisterReject/);
      return finding(refused && (await link.waitForClose(seconds(10))), link);
    },
  },
  huge: {
    protocols: ['SCCP'],
    does: 'announces a message of four gigabytes',
    must: 'close the link at once',
    run: async (runner) => {
      const link = await runner.open();
      link.send(Buffer.from('ffffffff0000000001000000', 'hex'));
      return finding(await link.waitForClose(), link);
    },
  },
  unknown: {
    protocols: ['SCCP'],
    does: 'sends a message that no call manager knows',
    must: 'skip it and go on',
    run: async (runner) => {
      const link = await runner.open();
      link.send(Buffer.from('0c00000000000000adde00000102030405060708', 'hex'));
      link.send(runner.frame('KeepAliveReqMessage', {}));
      return finding((await link.waitFor('KeepAliveAckMessage')) && link.closed === undefined, link);
    },
  },
  mimic: {
    protocols: ['SCCP'],
    does: 'sends what only a call manager sends',
    must: 'ignore it and go on',
    run: async (runner) => {
      const link = await runner.open();
      await runner.registerNormally(link);
      link.send(Buffer.from('08000000000000009f00000001000000', 'hex'));
      link.send(runner.frame('KeepAliveReqMessage', {}));
      return finding((await link.waitFor('KeepAliveAckMessage')) && link.closed === undefined, link);
    },
  },
  impostor: {
    protocols: ['SCCP'],
    does: 'registers, then registers under another name on the same link',
    must: 'refuse the second and end the first',
    run: async (runner) => {
      const link = await runner.open();
      await runner.registerNormally(link);
      link.send(runner.sccpRegister(link, { deviceName: 'SEP0200000000FB' }));
      const refused = await link.waitFor(/^RegisterReject/);
      return finding(refused && (await link.waitForClose(seconds(10))), link);
    },
  },
  storm: {
    protocols: ['SCCP'],
    does: 'sends ten thousand keepalives at once',
    must: 'throttle it: end its registration and close',
    run: async (runner) => {
      const link = await runner.open();
      await runner.registerNormally(link);
      const one = runner.frame('KeepAliveReqMessage', {});
      link.send(Buffer.concat(Array<Buffer>(10_000).fill(one)));
      return finding(await link.waitForClose(minutes(1)), link);
    },
  },
} as const satisfies Record<string, Misbehaviour>;
