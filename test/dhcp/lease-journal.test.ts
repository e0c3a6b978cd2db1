import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeadlineTimer } from '../../src/core/deadline-timer.js';
import { LeaseJournal } from '../../src/dhcp/lease-journal.js';
import { LeaseTable } from '../../src/dhcp/lease-table.js';
import { AppendedFile } from '../../src/net/files/append-only-file.js';
import { ManualClock } from '../support/manual-clock.js';
import { processorTime } from '../support/processor-time.js';
import { aPool, aSubnet, ip, macNumber, REFERENCE } from './harness.js';
import { MemoryLeaseFile } from './memory-lease-file.js';

const BIG = { ...REFERENCE, subnets: [aSubnet('10.64.0.0', 15, aPool('10.64.0.1', '10.65.255.254'))] };

const clientOf = (number: number) => ({
  key: `1/${macNumber(number)}`,
  mac: macNumber(number),
  htype: 1,
  clientId: '',
  hostName: `SEP${macNumber(number)}`,
  vendorClass: 'Cisco Systems, Inc. IP Phone CP-7960G',
});

const NOBODY_HEARS = { onFailed: () => {}, onRecovered: () => {} };

/** A book and its journal on one file, as the server joins them. */
class Desk {
  readonly clock = new ManualClock();
  readonly file: MemoryLeaseFile;
  readonly told: string[] = [];
  readonly book: LeaseTable;
  readonly journal: LeaseJournal;
  readonly #pump: DeadlineTimer;

  constructor(file = new MemoryLeaseFile()) {
    this.file = file;
    const listener = {
      onFailed: (detail: string) => void this.told.push(`failed ${detail}`),
      onRecovered: () => void this.told.push('recovered'),
    };
    this.journal = new LeaseJournal(file, () => this.book, listener, this.clock);
    this.book = new LeaseTable(BIG, {
      onChanged: (lease) => this.journal.add(lease),
      onExpired: () => {},
      onLapsed: () => {},
    });
    this.#pump = new DeadlineTimer(this.journal, this.clock);
  }

  read(): this {
    this.journal.read((lease) => this.book.restore(lease, this.clock.now()));
    return this;
  }

  lease(number: number) {
    const [subnet] = this.book.subnets;
    const wish = { address: undefined, reserved: undefined, isDevice: true, isRepeated: false };
    const { lease } = this.book.offer(subnet!, clientOf(number), wish, subnet!.settings.leaseTime, this.clock.now());
    if (lease === undefined) throw new Error('no address');
    this.book.bind(
      lease,
      clientOf(number),
      lease.granted,
      { address: ip('10.64.0.1'), information: '0102' },
      this.clock.now(),
    );
    return lease;
  }

  flush(): boolean {
    const saved = this.journal.flush(this.clock.now());
    this.#pump.rearm();
    return saved;
  }

  /** Everything that is remembered, by address. */
  memory() {
    return [...this.book.all()]
      .filter(({ client }) => client.key !== '')
      .map(({ address, state, client, since, until, granted, relay, relayInformation }) => ({
        address,
        state,
        client,
        since,
        until,
        granted,
        relay,
        relayInformation,
      }))
      .sort((a, b) => a.address - b.address);
  }
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the journal of leases', () => {
  it('brings back every lease as it was: bound, given back, declined', () => {
    const desk = new Desk();
    const leases = [1, 2, 3].map((number) => desk.lease(number));
    desk.book.release(leases[1]!, desk.clock.now());
    desk.book.decline(leases[2]!, desk.clock.now());
    expect(desk.flush()).toBe(true);
    expect(desk.file.appends).toBe(1);
    const again = new Desk(desk.file).read();
    expect(again.memory()).toEqual(desk.memory());
    expect(again.lease(2).address).toBe(leases[1]!.address);
    expect(again.lease(9).address).not.toBe(leases[2]!.address);
  });

  it('brings back as anybody’s what was declined and has rested meanwhile', () => {
    const desk = new Desk();
    const { address } = desk.lease(1);
    desk.book.decline(desk.book.leaseAt(address)!, desk.clock.now());
    desk.flush();
    const later = new Desk(desk.file);
    later.clock.advance(3600_000);
    later.read();
    expect(later.book.leaseAt(address)).toMatchObject({ state: 'free', client: { key: '' } });
    expect(later.lease(1).address).not.toBe(address);
  });

  it('brings back the last word on each address', () => {
    const desk = new Desk();
    const lease = desk.lease(1);
    desk.flush();
    desk.clock.advance(3600_000);
    desk.book.bind(lease, clientOf(1), lease.granted, undefined, desk.clock.now());
    desk.flush();
    expect(desk.file.lines).toBe(2);
    expect(new Desk(desk.file).read().memory()).toEqual(desk.memory());
  });

  it('brings back as free what has run out meanwhile, its client still remembered', () => {
    const desk = new Desk();
    const { address } = desk.lease(1);
    desk.flush();
    const later = new Desk(desk.file);
    later.clock.advance(9 * 86_400_000);
    later.read();
    expect(later.book.leaseAt(address)?.state).toBe('free');
    expect(later.lease(2).address).not.toBe(address);
    expect(later.lease(1).address).toBe(address);
  });

  it('keeps what a client calls itself octet for octet, line breaks and all', () => {
    const desk = new Desk();
    const lease = desk.lease(1);
    const odd = { ...clientOf(1), hostName: '\n"\u0000\u00ff\\', vendorClass: '\r\n{}' };
    desk.book.bind(lease, odd, lease.granted, undefined, desk.clock.now());
    desk.flush();
    expect(new Desk(desk.file).read().memory()[0]?.client).toEqual(odd);
  });

  it('does without the last line where a kill tore it, at whatever octet', () => {
    const desk = new Desk();
    desk.lease(1);
    desk.flush();
    const whole = desk.file.content.length;
    const before = desk.memory();
    desk.lease(2);
    desk.flush();
    const { content } = desk.file;
    for (let length = whole; length < content.length; length += 1) {
      const torn = new MemoryLeaseFile();
      torn.content = content.subarray(0, length);
      expect(new Desk(torn).read().memory()).toEqual(before);
    }
  });

  it('is read back the same in pieces of whatever length', () => {
    const desk = new Desk();
    for (let number = 0; number < 3; number += 1) desk.lease(number);
    desk.flush();
    desk.file.content = Buffer.concat([desk.file.content, Buffer.from('damaged\n{"torn')]);
    for (desk.file.piece = 1; desk.file.piece <= desk.file.content.length; desk.file.piece += 1) {
      const again = new Desk(desk.file);
      expect(again.journal.read((lease) => again.book.restore(lease, again.clock.now()))).toEqual({
        lines: 5,
        damaged: 2,
      });
      expect(again.memory()).toEqual(desk.memory());
    }
  });

  it.each([
    'nonsense',
    '{}',
    'null',
    '[]',
    '{"address":"10.64.0.1","state":"bound"}',
    '{"address":"10.64.0.999","state":"bound","mac":"02","htype":1,"clientId":"","since":1,"until":9e15,"granted":1}',
    '{"address":"10.64.0.1","state":"offered","mac":"02","htype":1,"clientId":"","since":1,"until":9e15,"granted":1}',
    '{"address":"10.64.0.1","state":"bound","mac":"02","htype":1,"clientId":"","since":"1","until":9e15,"granted":1}',
    ...[
      ['until', '1e999'],
      ['until', '1e16'],
      ['since', '-1e300'],
      ['granted', '-1'],
      ['granted', '1e15'],
      ['htype', '1.5'],
      ['mac', '"02:00"'],
      ['clientId', '"0"'],
      ['relay', '"10.0.0"'],
      ['ended', '"eaten"'],
    ].map(
      ([key, value]) =>
        `{"address":"10.64.0.1","state":"bound","mac":"02","htype":1,"clientId":"","since":1,"until":9e12,"granted":1,"${key}":${value}}`,
    ),
  ])('leaves out a damaged line: %s', (line) => {
    const desk = new Desk();
    desk.lease(1);
    desk.flush();
    desk.file.content = Buffer.concat([Buffer.from(`${line}\n`), desk.file.content]);
    const again = new Desk(desk.file);
    expect(again.journal.read(() => {})).toEqual({ lines: 2, damaged: 1 });
    expect(again.read().memory()).toEqual(desk.memory());
  });

  it('reads lines of before, which have no check sum', () => {
    const desk = new Desk();
    desk.lease(1);
    desk.flush();
    desk.file.content = Buffer.from(desk.file.content.toString('latin1').replace(/,"crc":"[0-9a-f]{8}"/, ''), 'latin1');
    expect(desk.file.content.toString()).not.toContain('crc');
    const again = new Desk(desk.file);
    expect(again.journal.read(() => {})).toEqual({ lines: 1, damaged: 0 });
    expect(again.read().memory()).toEqual(desk.memory());
  });

  it('loses at most the line that a flipped bit is in, and takes it for nothing else', () => {
    const desk = new Desk();
    const [, second] = [1, 2, 3].map((number) => desk.lease(number));
    desk.book.bind(
      second!,
      { ...clientOf(2), hostName: ',"crc":"00000000"}\u00e9' },
      second!.granted,
      undefined,
      desk.clock.now(),
    );
    desk.book.release(desk.book.leaseAt(second!.address)!, desk.clock.now());
    desk.flush();
    const { content } = desk.file;
    const whole = desk.memory();
    const lines = content.toString('latin1').split('\n');
    const without = lines.slice(0, -1).map((_, index) => {
      const less = new MemoryLeaseFile();
      less.content = Buffer.from(lines.filter((__, other) => other !== index).join('\n'), 'latin1');
      return new Desk(less).read().memory();
    });
    for (let bit = 0; bit < content.length * 8; bit += 1) {
      const file = new MemoryLeaseFile();
      file.content = Buffer.from(content);
      file.content[bit >> 3]! ^= 1 << (bit & 7);
      const line = content.subarray(0, bit >> 3).filter((octet) => octet === 10).length;
      const memory = new Desk(file).read().memory();
      if (JSON.stringify(memory) !== JSON.stringify(whole)) expect(memory, `bit ${bit}`).toEqual(without[line]);
    }
  });

  it('drops what no configured subnet has a host of', () => {
    const desk = new Desk();
    const lease = desk.lease(1);
    expect(desk.book.restore({ ...lease, address: ip('192.168.0.1') }, desk.clock.now())).toBe(false);
    expect(desk.book.restore({ ...lease, address: ip('10.65.255.255') }, desk.clock.now())).toBe(false);
    expect(desk.book.size).toBe(1);
  });

  it('leaves out a line longer than any that it writes, and gathers nothing of it', () => {
    const desk = new Desk();
    const lease = desk.lease(1);
    const longest = { ...clientOf(1), hostName: '\0'.repeat(2048), vendorClass: '\0'.repeat(2048) };
    desk.book.bind(lease, longest, lease.granted, { address: 1, information: 'ff'.repeat(4096) }, desk.clock.now());
    desk.flush();
    const { content } = desk.file;
    const padded = content.toString('latin1').replace('{', `{${' '.repeat(1_000_000)}`);
    // Longer than a string can be, were it kept: 600 MiB without a line break.
    const zeros = Buffer.alloc(1024 * 1024);
    desk.file.read = function* () {
      yield* [content, Buffer.from(padded, 'latin1')];
      for (let piece = 0; piece < 600; piece += 1) yield zeros;
      yield* [Buffer.from('\n'), content];
    };
    const again = new Desk(desk.file);
    expect(again.journal.read((read) => again.book.restore(read, again.clock.now()))).toEqual({ lines: 7, damaged: 2 });
    expect(again.memory()).toEqual(desk.memory());
  });

  it('tells the disk in batches', async () => {
    const desk = new Desk();
    for (let number = 0; number < 100; number += 1) {
      desk.lease(number);
      desk.flush();
    }
    expect(desk.file.syncs).toBe(0);
    desk.clock.advance(20);
    await settled();
    expect(desk.file.syncs).toBe(1);
    desk.clock.advance(1000);
    await settled();
    expect(desk.file.syncs).toBe(1);
  });

  it('is rewritten when it has grown past its use, in steps, with what happens meanwhile', async () => {
    const desk = new Desk();
    const leases = Array.from({ length: 2000 }, (_, number) => desk.lease(number));
    const renew = () => {
      for (const lease of leases) desk.book.bind(lease, lease.client, lease.granted, undefined, desk.clock.now());
      desk.flush();
    };
    while (desk.file.lines <= 2 * 2000 + 20_000) renew();
    desk.clock.advance(2); // a step or two
    expect(desk.file.replacements).toBe(0);
    desk.clock.advance(1);
    desk.lease(5000);
    desk.book.release(leases[0]!, desk.clock.now());
    desk.book.release(leases[1999]!, desk.clock.now());
    desk.flush();
    desk.clock.advance(100);
    await settled();
    expect(desk.file.replacements).toBe(1);
    expect(desk.file.lines).toBeLessThan(2010);
    expect(new Desk(desk.file).read().memory()).toEqual(desk.memory());
    desk.lease(5001);
    desk.flush();
    expect(new Desk(desk.file).read().memory()).toEqual(desk.memory());
    desk.clock.advance(5000);
    await settled();
    expect(desk.file.replacements).toBe(1);
  });

  it('that cannot be written saves nothing, and recovers by writing everything anew', async () => {
    const desk = new Desk();
    desk.lease(1);
    expect(desk.flush()).toBe(true);
    desk.file.failure = new Error('ENOSPC: no space left on device');
    desk.lease(2);
    expect(desk.flush()).toBe(false);
    expect(desk.flush()).toBe(false);
    expect(desk.told).toEqual(['failed ENOSPC: no space left on device']);
    desk.clock.advance(5000);
    await settled();
    desk.file.failure = undefined;
    desk.lease(3);
    expect(desk.flush()).toBe(false);
    desk.clock.advance(1000);
    await settled();
    expect(desk.told).toEqual(['failed ENOSPC: no space left on device', 'recovered']);
    expect(desk.flush()).toBe(true);
    expect(new Desk(desk.file).read().memory()).toEqual(desk.memory());
  });

  it('is written and closed at the end', async () => {
    const desk = new Desk();
    desk.lease(1);
    await desk.journal.close(desk.clock.now());
    expect(desk.file.lines).toBe(1);
    expect(desk.file.closed).toBe(true);
  });
});

describe('65,000 leases', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'labcm-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Milliseconds of the processor for each lease that is read back, of so many. */
  const costOfEach = (count: number): number => {
    const path = join(folder, `${count}.jsonl`);
    const file = new AppendedFile(path);
    const desk = new Desk();
    for (let number = 0; number < count; number += 1) desk.lease(number);
    desk.flush();
    file.append(desk.file.content);
    file.close();
    const took = processorTime();
    const book = new LeaseTable(BIG, { onChanged: () => {}, onExpired: () => {}, onLapsed: () => {} });
    const journal = new LeaseJournal(new AppendedFile(path), () => book, NOBODY_HEARS, desk.clock);
    journal.read((lease) => book.restore(lease, desk.clock.now()));
    expect(book.size).toBe(count);
    return took() / count;
  };

  // How long they take in all is measured by `npm run bench dhcp`: here, that none of them costs more for the others.
  it('are read back as cheaply each as a tenth of them', () => {
    costOfEach(6_500); // the code is warm
    expect(costOfEach(65_000)).toBeLessThan(4 * costOfEach(6_500));
  });
});
