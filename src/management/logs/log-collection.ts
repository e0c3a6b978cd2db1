// LogCollection and CDRonDemand: list and send what labcm's trace folder really holds (`docs/protocols/apis.md` §8.2 and §8.3).

import { type Clock, parseWallTime, type WallTime } from '../../core/time.js';
import type { XmlTreeNode } from '../../core/xml/tree.js';
import { dateText } from '../date-text.js';
import { Operations } from '../operations.js';
import type { SoapAnswer } from '../request-handler.js';
import { echoed, noSuchOperation, SoapFault } from '../soap/fault.js';
import { replyBegin, replyEnd, tagsOf } from '../soap/writer.js';
import { GET_FILE, LIST_LOGS, LIST_RECORDS, PUSH_RECORD, SELECT_FILES, type ShownFile } from './declaration.js';
import { CDR_FOLDER, fileAt, LOG_ROWS, type LogRow, SYSTEM_ROW } from './log-rows.js';

/** A file in a folder. */
export interface LogFileFacts {
  readonly name: string;
  readonly octets: number;
  readonly modifiedAt: WallTime;
}

/** What LogCollection sees of the daemon. */
export interface LogSources {
  readonly clock: Clock;
  self(): { readonly name: string };
  /** 128 random bits as text. */
  randomId(): string;
  /** Nothing outside of labcm's trace folder can be reached by it. */
  readonly logs: {
    list(folder: string): Promise<readonly LogFileFacts[]>;
    /** `undefined`: there is no such file. */
    read(folder: string, name: string): Promise<AsyncIterable<Buffer> | undefined>;
  };
}

/** Names of services in a request. */
const MOST_NAMES = 100;
const SPANS: Readonly<Record<string, number>> = {
  minutes: 60_000,
  hours: 3_600_000,
  day: 86_400_000,
  days: 86_400_000,
  week: 7 * 86_400_000,
  weeks: 7 * 86_400_000,
  month: 30 * 86_400_000,
  months: 30 * 86_400_000,
};
const MINUTES_OF_RECORDS = 60;
const RECORD_TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})$/;

/** How the file of `GetOneFile` is sent: in the reply, as base64, or beside it. */
export type FileForm = 'base64' | 'attachment';

/** LogCollection, and CDRonDemand. */
export class LogCollection {
  readonly #sources: LogSources;
  readonly #operations: Operations;

  constructor(sources: LogSources) {
    this.#sources = sources;
    this.#operations = new Operations()
      .on(LIST_LOGS, () => ({
        reply: {
          listNodeServiceLogsReturn: [
            {
              name: sources.self().name,
              ServiceLog: { item: [...new Set(LOG_ROWS.map(({ service }) => service))] },
              SystemLog: { item: [SYSTEM_ROW.service] },
            },
          ],
        },
        found: 1,
      }))
      .on(SELECT_FILES, async ({ FileSelectionCriteria: asked = {} }) => this.#select(asked))
      .on(LIST_RECORDS, ({ in0, in1 }) => this.#records(in0, in1))
      .on(PUSH_RECORD, () => {
        throw new SoapFault(
          'Server',
          'get_file is not offered: labcm sends no file by FTP or SFTP. GetOneFile of LogCollection sends it.',
        );
      });
  }

  /** Answers the element of a request to LogCollection. Rejects with a `SoapFault`. */
  answer(request: XmlTreeNode, form: FileForm = 'base64'): Promise<SoapAnswer> {
    // Its body names a file and no operation.
    if (request.name === GET_FILE.textElement) return this.#file(request.text.trim(), form);
    if (request.name === GET_FILE.name)
      return this.#file(request.children.find(({ name }) => name === GET_FILE.textElement)?.text.trim() ?? '', form);
    if (form === 'attachment') return Promise.reject(noSuchOperation(request.name));
    return this.#operations.answer(request);
  }

  async #select(asked: {
    readonly ServiceLogs?: { readonly item: readonly string[] } | undefined;
    readonly SystemLogs?: { readonly item: readonly string[] } | undefined;
    readonly SearchStr?: string | undefined;
    readonly RelText?: string | undefined;
    readonly RelTime?: string | undefined;
    readonly FromDate?: string | undefined;
    readonly ToDate?: string | undefined;
  }) {
    const wanted = [...(asked.ServiceLogs?.item ?? []), ...(asked.SystemLogs?.item ?? [])];
    if (wanted.length > MOST_NAMES) throw new SoapFault('Client', `More than ${MOST_NAMES} services are named`);
    if (asked.SearchStr !== undefined) throw new SoapFault('Server', 'SearchStr is not offered: fetch the files');
    const lower = new Set(wanted.map((name) => name.toLowerCase()));
    const [from, to] = this.#span(asked);
    const rows = [...LOG_ROWS, SYSTEM_ROW].filter(
      ({ service }) => lower.size === 0 || lower.has(service.toLowerCase()),
    );
    const byService = new Map<string, ShownFile[]>();
    let found = 0;
    for (const row of rows) {
      const files = (await this.#sources.logs.list(row.folder)).filter(
        ({ name, modifiedAt }) => row.pattern.test(name) && modifiedAt >= from && modifiedAt <= to,
      );
      byService.set(row.service, [...(byService.get(row.service) ?? []), ...files.map((file) => shown(row, file))]);
      found += files.length;
    }
    const lists = [...byService].map(([name, File]) => ({ name, SetOfFiles: { File } }));
    return {
      reply: {
        ResultSet: {
          SchemaFileSelectionResult: { Node: { name: this.#sources.self().name, ServiceList: { ServiceLogs: lists } } },
        },
        ScheduleList: { item: [] },
      },
      found,
    };
  }

  /** From when to when a file was changed last. Dates are in UTC. */
  #span({
    RelText,
    RelTime,
    FromDate,
    ToDate,
  }: {
    readonly RelText?: string | undefined;
    readonly RelTime?: string | undefined;
    readonly FromDate?: string | undefined;
    readonly ToDate?: string | undefined;
  }): readonly [from: number, to: number] {
    const { clock } = this.#sources;
    const unit = SPANS[RelText?.toLowerCase() ?? ''];
    if (unit !== undefined && /^\d{1,4}$/.test(RelTime ?? ''))
      return [clock.wallTime(clock.now()) - unit * Number(RelTime), Number.POSITIVE_INFINITY];
    return [dateIn(FromDate) ?? Number.NEGATIVE_INFINITY, dateIn(ToDate) ?? Number.POSITIVE_INFINITY];
  }

  async #records(from = '', to = '') {
    const [begin, end] = [recordTime(from), recordTime(to)];
    if (begin === undefined || end === undefined || end < begin)
      throw new SoapFault('Server', 'The times must be written as yyyymmddhhmm, the earlier one first');
    if (end - begin > MINUTES_OF_RECORDS * 60_000)
      throw new SoapFault('Server', `The time range is longer than ${MINUTES_OF_RECORDS} minutes`);
    const row = LOG_ROWS.find(({ folder }) => folder === CDR_FOLDER) as LogRow;
    const found = (await this.#sources.logs.list(CDR_FOLDER)).flatMap(({ name }) => {
      const at = row.pattern.test(name) ? recordTime(/_(\d{12})_\d+$/.exec(name)?.[1] ?? '') : undefined;
      return at !== undefined && at >= begin && at <= end ? [name] : [];
    });
    if (found.length === 0) throw new SoapFault('Server', 'No file found within the specified time range');
    return { reply: { get_file_listReturn: { FileName: found } }, found: found.length };
  }

  async #file(path: string, form: FileForm): Promise<SoapAnswer> {
    const asked = fileAt(path);
    const chunks = asked === undefined ? undefined : await this.#sources.logs.read(asked.row.folder, asked.name);
    if (asked === undefined || chunks === undefined)
      throw new SoapFault('Server', `FileName ${echoed(path)} do not exist`);
    const tags = tagsOf('GetOneFileReturn');
    const begin = `${replyBegin(GET_FILE.reply)}${tags.begin}`;
    const end = `${tags.end}${replyEnd(GET_FILE.reply)}`;
    if (form === 'base64') return { found: 1, pieces: inBase64(begin, chunks, end) };
    // Whoever can have a line written into a trace must not be able to end a part.
    const boundary = `MIME_${this.#sources.randomId()}`;
    return {
      found: 1,
      type: `multipart/related; type="text/xml"; start="<reply>"; boundary="${boundary}"`,
      pieces: asAttachment(boundary, `${begin}${asked.name}${end}`, asked.name, chunks),
    };
  }
}

async function* inBase64(begin: string, chunks: AsyncIterable<Buffer>, end: string): AsyncIterable<string> {
  yield begin;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const whole = Buffer.concat([rest, chunk]);
    const length = whole.length - (whole.length % 3);
    yield whole.toString('base64', 0, length);
    rest = whole.subarray(length);
  }
  yield `${rest.toString('base64')}${end}`;
}

async function* asAttachment(
  boundary: string,
  reply: string,
  name: string,
  chunks: AsyncIterable<Buffer>,
): AsyncIterable<string | Buffer> {
  yield `--${boundary}\r\nContent-Type: text/xml; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\nContent-ID: <reply>\r\n\r\n${reply}\r\n`;
  yield `--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <${name}>\r\n\r\n`;
  yield* chunks;
  yield `\r\n--${boundary}--\r\n`;
}

const shown = ({ shown: folder }: LogRow, { name, octets, modifiedAt }: LogFileFacts): ShownFile => ({
  name,
  absolutepath: `${folder}/${name}`,
  filesize: String(octets),
  modifiedDate: dateText(modifiedAt),
});

/** `202006282111`, in UTC. */
const recordTime = (text: string): WallTime | undefined => {
  const [whole, year, month, day, hour, minute] = RECORD_TIME.exec(text) ?? [];
  return whole === undefined ? undefined : parseWallTime(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
};

const DATE = /^(\d{1,2})\/(\d{1,2})\/(?:20)?(\d{2}) (\d{1,2}):(\d{2}) (AM|PM)$/i;

/** `04/12/19 11:15 AM`, in UTC. */
const dateIn = (text = ''): WallTime | undefined => {
  const [whole, month = '', day = '', year = '', hour = '', minute = '', half = ''] = DATE.exec(text.trim()) ?? [];
  if (whole === undefined) return undefined;
  const hours = (Number(hour) % 12) + (half.toUpperCase() === 'PM' ? 12 : 0);
  return parseWallTime(`20${year}-${two(month)}-${two(day)}T${two(String(hours))}:${minute}:00Z`);
};

const two = (digits: string): string => digits.padStart(2, '0');
