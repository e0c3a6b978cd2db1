// The captures as the API shows them: what the rings have of a device, as pcapng with a title that says what it is.

import type { Capture, CaptureSubject } from '../capture/capture.js';
import { type CaptureComment, CaptureWriter, placeComments } from '../capture/capture-writer.js';
import { addressNumber } from '../capture/flow.js';
import type { Config } from '../config/index.js';
import { macOfName } from '../core/identifiers.js';
import type { Clock } from '../core/time.js';
import type { ApiCaptureRequest, CapturesView, ListenerJson } from '../http/index.js';
import { interfaceOfAddress } from '../net/sockets/interface-names.js';
import { commentOctets, MOST_COMMENT_OCTETS } from '../pcap/comment-text.js';

/** What the rest of the daemon knows about somebody, for the title and the packets of a capture. */
export interface CaptureRemarks {
  /** One or a few sentences. At most 500 octets of them are written. */
  title(who: string, subject: CaptureSubject): string;
  /** What packets are the evidence of. */
  comments(subject: CaptureSubject): readonly CaptureComment[];
}

/** What captures need of the daemon. */
export interface CapturesDependencies {
  readonly capture: Capture;
  readonly clock: Clock;
  readonly preciseNow: () => number;
  readonly config: () => Config;
  readonly listeners: () => readonly ListenerJson[];
  readonly remarks: CaptureRemarks;
}

const USUAL_PORTS: Readonly<
  Record<string, Readonly<Record<string, { readonly port: number; readonly name: string }>>>
> = {
  DHCP: { udp: { port: 67, name: 'dhcp' } },
  TFTP: { udp: { port: 69, name: 'tftp' } },
  // No dissector expects it on the port of phones.
  HTTP: { tcp: { port: 80, name: 'http' } },
  SCCP: { tcp: { port: 2000, name: 'skinny' } },
  SIP: { udp: { port: 5060, name: 'sip' }, tcp: { port: 5060, name: 'sip' } },
};

/** What Wireshark has to be told of ports that it does not know: `-d tcp.port==6970,http`. */
export const decodeAs = (listeners: readonly ListenerJson[], dhcpClientPort: number): readonly string[] => {
  const unusual = listeners.flatMap(({ service, transport, port }) => {
    const usual = USUAL_PORTS[service]?.[transport];
    return usual === undefined || usual.port === port ? [] : [`-d ${transport}.port==${port},${usual.name}`];
  });
  const client = unusual.some((one) => one.endsWith(',dhcp')) && dhcpClientPort !== 68;
  return [...new Set(client ? [...unusual, `-d udp.port==${dhcpClientPort},dhcp`] : unusual)];
};

/** The captures for the API. */
export const capturesView = (dependencies: CapturesDependencies): CapturesView => {
  const { capture, clock, preciseNow, config, listeners, remarks } = dependencies;

  const writerOf = (request: ApiCaptureRequest, { device, keys }: CaptureSubject): CaptureWriter => {
    const ahead = clock.wallTime(clock.now()) - clock.now();
    const lease = device?.lease?.mac;
    const mac = device?.configured.mac ?? lease ?? keys.find((key) => MAC.test(key)) ?? macOfName(request.who);
    return new CaptureWriter({
      choice: request,
      mac,
      ownAddress: addressNumber(config().self.address),
      wallTime: (at) => at + ahead,
    });
  };

  const headOf = (writer: CaptureWriter, { who }: ApiCaptureRequest, subject: CaptureSubject): Buffer => {
    const { self, dhcp } = config();
    const ports = decodeAs(listeners(), dhcp.clientPort);
    const told = ports.length === 0 ? '' : `\nPorts that Wireshark has to be told: ${ports.join(' ')}`;
    const title = commentOctets(remarks.title(who, subject), MOST_COMMENT_OCTETS - Buffer.byteLength(told));
    return writer.head({
      comment: `${title.toString('utf8')}${told}`,
      interface: (dhcp.enabled ? dhcp.interfaces[0] : undefined) ?? interfaceOfAddress(self.address) ?? 'labcm',
    });
  };

  const startOf = ({ since }: ApiCaptureRequest): number =>
    since === undefined ? Number.NEGATIVE_INFINITY : preciseNow() - since;

  const nameOf = ({ who }: ApiCaptureRequest, { device }: CaptureSubject): string => device?.configured.name ?? who;

  /** What the rings have already, as octets. */
  const recorded = (writer: CaptureWriter, request: ApiCaptureRequest, subject: CaptureSubject) => {
    const { packets, lost } = capture.read(subject, startOf(request));
    const wanted = packets.filter((packet) => writer.wants(packet));
    const comments = placeComments(wanted, remarks.comments(subject));
    const octets = wanted.map((packet) => writer.packet(packet, comments.get(packet)));
    return { octets, lost, packets: wanted.length };
  };

  return {
    kept: (who) => ({ isKept: capture.keeps(capture.subject(who)), file: config().file }),
    file: (request) => {
      const subject = capture.subject(request.who);
      if (!capture.keeps(subject)) return { outcome: 'off', file: config().file };
      const writer = writerOf(request, subject);
      const head = headOf(writer, request, subject);
      const { octets, lost, packets } = recorded(writer, request, subject);
      if (packets === 0 && subject.device === undefined) return { outcome: 'unknown' };
      const end = writer.end(preciseNow(), lost);
      return {
        outcome: 'made',
        name: nameOf(request, subject),
        packets,
        octets: Buffer.concat([head, ...octets, end]),
      };
    },
    follow: (request, hasRoom, write) => {
      const subject = capture.subject(request.who);
      const writer = writerOf(request, subject);
      const head = headOf(writer, request, subject);
      const { octets } = recorded(writer, request, subject);
      let missed = 0;
      const stop = capture.follow(subject, (packet) => {
        if (!writer.wants(packet)) return;
        if (!hasRoom()) {
          missed += 1;
          return;
        }
        const remark = missed === 0 ? [] : [`${missed} packets before this were left out: the reader was too slow`];
        const blocks = writer.packet(packet, remark);
        if (blocks.length === 0) return; // it says something of the next one
        missed = 0;
        write(blocks);
      });
      return {
        name: nameOf(request, subject),
        head: Buffer.concat([head, ...octets]),
        statistics: () => writer.end(preciseNow(), missed),
        stop,
      };
    },
  };
};

const MAC = /^[0-9A-F]{12}$/;
