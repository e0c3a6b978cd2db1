// Calls in the SDL form: digit analysis as CUCM writes it (`docs/protocols/calls.md` §7.1), and going off hook.

import { callLines, numberOf, PATTERN_USAGE } from '../../lines/calls.js';
import { stationOf } from '../../lines/device.js';
import type { EventOf } from '../../row.js';
import { processText, type SdlLine } from '../line.js';
import { infos, type SdlContext, type SdlRows } from '../row.js';

/** The number of a pattern that is not complete is taken for a line's. */
const LINE_USAGE = 2;

/** The lines of each analysis, up to its result. */
const analysis = (
  { device, dn, digits, usage }: { device: string | undefined; dn: string; digits: string; usage: number },
  { stations }: SdlContext,
): readonly SdlLine[] => {
  const protocol = stations.stationOf(device)?.protocol;
  const matching =
    protocol === undefined
      ? []
      : [
          `Digit Analysis: star_DaReq: Matching ${protocol === 'SCCP' ? `Legacy Numeric, digits=${digits}` : `SIP URL, Numeric User, user=${digits}`}`,
        ];
  return infos([
    'Digit Analysis: star_DaReq: daReq.partitionSearchSpace(), filteredPartitionSearchSpaceString(), partitionSearchSpaceString()',
    ...matching,
    `Digit analysis: patternUsage=${usage}`,
    `Digit analysis: match(pi="2",fqcn="${dn}", cn="${dn}", plv="5", pss="", TodFilteredPss="", dd="${digits}",dac="0")`,
  ]);
};

const results = ({ dn, dialled, target, steps }: EventOf<'call.analysed'>): SdlLine => {
  const number = target === undefined ? '' : numberOf(target);
  const pattern = steps[0]?.pattern ?? '';
  return {
    kind: 'block',
    lines: [
      `|PretransformCallingPartyNumber=${dn}`,
      `|CallingPartyNumber=${dn}`,
      '|DialingPartition=',
      `|DialingPattern=${pattern}`,
      `|FullyQualifiedCalledPartyNumber=${number}`,
      `|DialingPatternRegularExpression=(${pattern})`,
      '|DialingWhere=',
      '|PatternType=Enterprise',
      '|PotentialMatches=NoPotentialMatchesExist',
      '|DialingSdlProcessId=(0,0,0)',
      `|PretransformDigitString=${dialled}`,
      '|PretransformTagsList=SUBSCRIBER',
      `|PretransformPositionalMatchList=${dialled}`,
      `|CollectedDigits=${number}`,
      '|UnconsumedDigits=',
      '|TagsList=SUBSCRIBER',
      `|PositionalMatchList=${number}`,
      '|VoiceMailbox=',
      '|RouteBlockFlag=RouteThisPattern',
      '|RouteBlockCause=0',
      '|AlertingName=',
      '|UnicodeDisplayName=',
    ],
  };
};

export const callRows = {
  'call.off-hook': (event, { stations }) => {
    const known = stations.stationOf(event.device);
    return infos(
      known?.protocol === 'SCCP'
        ? `StationD:    ${stationOf(known.instance)} restart0_StationOffHook - INFO: CI=${event.leg} on line=${event.line}`
        : callLines['call.off-hook'].text(event),
    );
  },
  'call.dialling': ({ device, dn, digits }, context) => [
    ...analysis({ device, dn, digits, usage: LINE_USAGE }, context),
    ...infos('Digit analysis: potentialMatches=PotentialMatchesExist'),
  ],
  'call.analysed': (event, context) => {
    const { device, dn, dialled, target } = event;
    const usage = target === undefined ? LINE_USAGE : PATTERN_USAGE[target.kind];
    return [
      ...analysis({ device, dn, digits: dialled, usage }, context),
      ...(target === undefined
        ? infos('Digit analysis: potentialMatches=NoPotentialMatchesExist')
        : [...infos('Digit analysis: analysis results'), results(event)]),
    ];
  },
  'call.offered': (event, { host, stations }) => {
    const called = stations.stationOf(event.toDevice);
    const route =
      called === undefined
        ? []
        : [
            `Digit analysis: wait_DmPidRes- Partition=[] Pattern=[${event.called.number}] Where=[],cmDeviceType=[UserDevice], OutsideDialtone =[0], DeviceOverride=[0], PID=${processText(host.number, { name: 'LineControl', instance: called.instance })},CI=[${event.leg}],Sender=${processText(host.number, { name: 'Cdcc', instance: event.call })}`,
          ];
    return infos([...route, callLines['call.offered'].text(event)]);
  },
} as const satisfies SdlRows<'call.off-hook' | 'call.dialling' | 'call.analysed' | 'call.offered'>;
