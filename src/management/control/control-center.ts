// ControlCenter: says which services run, and starts and stops none (`docs/protocols/apis.md` §8.1).

import type { Clock, Instant } from '../../core/time.js';
import type { XmlTreeNode } from '../../core/xml/tree.js';
import { dateText } from '../date-text.js';
import { Operations } from '../operations.js';
import type { SoapAnswer } from '../request-handler.js';
import { SoapFault } from '../soap/fault.js';
import { CUCM_VERSION } from '../version.js';
import {
  DO_CONTROL,
  GET_PRODUCTS,
  GET_STATIC,
  GET_STATIC_EXTENDED,
  GET_STATUS,
  type ServiceInformation,
  type ServiceSpecification,
} from './declaration.js';
import { type LabcmPart, SERVICE_ROWS, type ServiceRow } from './service-rows.js';

/** What ControlCenter sees of the daemon. */
export interface ControlSources {
  readonly clock: Clock;
  /** Whether that part of labcm is in service. */
  isRunning(part: LabcmPart): boolean;
  /** The nodes of the configuration, the publisher first. */
  nodes(): readonly { readonly name: string; readonly address: string }[];
}

/** ControlCenter writes it with a dash: `14.0.1.10000-20`. */
const VERSION = CUCM_VERSION.replace(/\((\d+)\)$/, '-$1');
/** Names in one request. */
const MOST_NAMES = 200;
const NO_REASON = -1;
/** CUCM's number for it, as tools show it. */
const NOT_ACTIVATED = -1068;
const REFUSED = -1;
const NEVER_STARTED = -1;
const PRODUCT = 'CallManager';

/** ControlCenter, at both of its paths. */
export class ControlCenter {
  readonly #sources: ControlSources;
  readonly #startedAt: Instant;
  readonly #operations = new Operations();

  constructor(sources: ControlSources) {
    this.#sources = sources;
    this.#startedAt = sources.clock.now();
    const listed = { ReturnCode: '0', ReasonCode: NO_REASON, ReasonString: '' };
    const list = SERVICE_ROWS.map(specificationOf);
    this.#operations
      .on(GET_STATUS, ({ ServiceStatus: names }) => {
        const items = this.#named(names, (row, name) => this.#statusOf(row, name));
        return { reply: { soapGetServiceStatusReturn: answered(items) }, found: items.length };
      })
      .on(DO_CONTROL, ({ ControlServiceRequest: asked }) => {
        const type = asked?.ControlType?.slice(0, LONGEST_WORD) ?? 'Control';
        const items =
          (asked?.ServiceList?.item ?? []).length === 0 ? [] : this.#refused(asked?.ServiceList?.item, type);
        return { reply: { soapDoControlServicesReturn: answered(items) }, found: items.length };
      })
      .on(GET_PRODUCTS, () => ({ reply: { getProductInformationListReturn: this.#products() }, found: 1 }))
      .on(GET_STATIC, () => ({
        reply: { soapGetStaticServiceListReturn: { ...listed, ServiceInfoList: { item: list } } },
        found: list.length,
      }))
      .on(GET_STATIC_EXTENDED, () => ({
        reply: { getStaticServiceListExtendedReturn: { ...listed, ServiceInfoList: { item: list } } },
        found: list.length,
      }));
  }

  /** Answers the element of a request. Rejects with a `SoapFault`. */
  answer(request: XmlTreeNode): Promise<SoapAnswer> {
    return this.#operations.answer(request);
  }

  #refused(names: readonly string[] = [], type: string): readonly ServiceInformation[] {
    return this.#named(names, (row, name) => ({
      ...this.#statusOf(row, name),
      ReasonCode: REFUSED,
      ReasonCodeString: `${type} is not offered: labcm changes nothing of its services here`,
    }));
  }

  /** The services of these names in their order; of no name, all. `row` is absent where nobody knows the name. */
  #named(
    names: readonly string[],
    make: (row: ServiceRow | undefined, name: string) => ServiceInformation,
  ): readonly ServiceInformation[] {
    if (names.length > MOST_NAMES) throw new SoapFault('Client', `More than ${MOST_NAMES} services are named`);
    if (names.length === 0) return SERVICE_ROWS.map((row) => make(row, row.name));
    return names.map((name) =>
      make(
        SERVICE_ROWS.find((row) => row.name.toLowerCase() === name.toLowerCase()),
        name,
      ),
    );
  }

  #statusOf(row: ServiceRow | undefined, asked: string): ServiceInformation {
    const { clock, isRunning } = this.#sources;
    if (row?.part !== undefined && isRunning(row.part))
      return {
        ServiceName: row.name,
        ServiceStatus: 'Started',
        ReasonCode: NO_REASON,
        ReasonCodeString: ' ',
        StartTime: dateText(clock.wallTime(this.#startedAt)),
        UpTime: Math.floor((clock.now() - this.#startedAt) / 1000),
      };
    const isKnown = row !== undefined;
    return {
      ServiceName: row?.name ?? asked,
      ServiceStatus: isKnown ? 'Stopped' : 'Unknown',
      ReasonCode: isKnown ? NOT_ACTIVATED : REFUSED,
      ReasonCodeString: isKnown ? 'Service Not Activated' : 'There is no service of this name',
      StartTime: null,
      UpTime: NEVER_STARTED,
    };
  }

  #products() {
    const [primary, secondary] = this.#sources.nodes();
    return {
      ActiveServerVersion: VERSION,
      PrimaryNode: primary?.name ?? '',
      SecondaryNode: secondary?.name ?? '',
      Products: {
        item: [
          {
            ProductName: 'Cisco Unified CallManager',
            ProductVersion: VERSION,
            ProductDescription: 'labcm, which answers as one',
            ProductID: PRODUCT,
            ShortName: 'CCM',
          },
        ],
      },
      Services: {
        item: SERVICE_ROWS.map(({ name, group }) => ({
          ServiceName: name,
          ServiceType: 'Service',
          Deployable: true,
          GroupName: group,
          ProductID: PRODUCT,
        })),
      },
    };
  }
}

const LONGEST_WORD = 32;

const answered = (items: readonly ServiceInformation[]) => ({
  ReturnCode: '0',
  ReasonCode: NO_REASON,
  ReasonString: '',
  ServiceInfoList: { item: items },
});

const specificationOf = ({ name, group }: ServiceRow): ServiceSpecification => ({
  ServiceName: name,
  ServiceType: 'Service',
  Deployable: true,
  GroupName: group,
  DependentServices: { item: [] },
});
