// A rule in one line, for the trace and for people.

import { formatDuration } from '../core/time.js';
import type { DelaySpread, FaultRule } from './settings.js';

const spreadText = (spread: DelaySpread): string => {
  if ('mean' in spread) return `${formatDuration(spread.mean)} ± ${formatDuration(spread.deviation)}`;
  if (spread.from === spread.to) return formatDuration(spread.from);
  return `${formatDuration(spread.from)} to ${formatDuration(spread.to)}`;
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** `sip drop REGISTER of SEP*, chance 0.3, for 60 s`. */
export const ruleText = (rule: FaultRule): string => {
  const { where, fault, message, direction, device, model, address, oneIn, chance, skip, times } = rule;
  const given = (name: string, value: unknown): string[] => (value === undefined ? [] : [`${name} ${textOf(value)}`]);
  const whom = [
    ...(device === undefined ? [] : [device]),
    ...given('model', model),
    ...given('at', address),
    ...(oneIn === 1 ? [] : [`one phone in ${oneIn}`]),
  ];
  return [
    [
      `${where} ${fault}`,
      ...(message.length === 0 ? [] : [message.join(', ')]),
      ...(whom.length === 0 ? [] : [`of ${whom.join(', ')}`]),
    ].join(' '),
    ...given('direction', direction),
    ...(rule.delay === undefined ? [] : [`delay ${spreadText(rule.delay)}`]),
    ...given('octets', rule.octets),
    ...given('rate', rule.rate),
    ...given('field', rule.field),
    ...given('value', rule.value),
    ...given('reason', rule.reason),
    ...given('file', rule.file),
    ...(chance === 1 ? [] : [`chance ${chance}`]),
    ...(skip === 0 ? [] : [`skip ${skip}`]),
    ...given('times', times),
    ...(rule.after === 0 ? [] : [`after ${formatDuration(rule.after)}`]),
    ...(rule.for === undefined ? [] : [`for ${formatDuration(rule.for)}`]),
    ...(rule.seed === 1 ? [] : [`seed ${rule.seed}`]),
  ].join(', ');
};
