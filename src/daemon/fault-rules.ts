// What the API sees of the rules for faults.

import { checkedFaultRule, writtenDuration } from '../config/index.js';
import type { Duration, Instant } from '../core/time.js';
import type { ApiFault, FaultsView } from '../http/index.js';
import type { ActiveFaultRule } from '../injection/active-rule.js';
import type { Injector } from '../injection/injector.js';
import { faultNames } from '../injection/protocols/names.js';
import { ruleText } from '../injection/rule-text.js';
import { DEFAULT_FAULT_RULE, type DelaySpread, type FaultRule } from '../injection/settings.js';

const writtenDelay = (spread: DelaySpread): NonNullable<ApiFault['rule']['delay']> => {
  if ('mean' in spread) return { mean: writtenDuration(spread.mean), deviation: writtenDuration(spread.deviation) };
  if (spread.from === spread.to) return writtenDuration(spread.from);
  return { from: writtenDuration(spread.from), to: writtenDuration(spread.to) };
};

/** The keys that say more than the defaults, as people write them. */
const writtenRule = (rule: FaultRule): ApiFault['rule'] => {
  const { where, fault, message, after, delay, oneIn, chance, skip, seed, value } = rule;
  const others = (
    ['direction', 'device', 'model', 'address', 'times', 'octets', 'rate', 'field', 'reason', 'file'] as const
  )
    .filter((key) => rule[key] !== undefined)
    .map((key) => [key, rule[key]]);
  const written = (key: string, length: Duration | undefined): object =>
    length === undefined || length === 0 ? {} : { [key]: writtenDuration(length) };
  return {
    where,
    fault,
    ...(message.length === 0 ? {} : { message: [...message] }),
    ...Object.fromEntries(others),
    ...(value === undefined ? {} : { value: typeof value === 'object' ? [...value] : value }),
    ...(oneIn === DEFAULT_FAULT_RULE.oneIn ? {} : { oneIn }),
    ...(chance === DEFAULT_FAULT_RULE.chance ? {} : { chance }),
    ...(skip === DEFAULT_FAULT_RULE.skip ? {} : { skip }),
    ...(seed === DEFAULT_FAULT_RULE.seed ? {} : { seed }),
    ...written('after', after),
    ...written('for', rule.for),
    ...(delay === undefined ? {} : { delay: writtenDelay(delay) }),
  };
};

const shown = (active: ActiveFaultRule, now: Instant): ApiFault => {
  const { id, rule, by, matched, injected, addedAt, startsAt, endsAt, lastAt } = active;
  return {
    id,
    rule: writtenRule(rule),
    says: ruleText(rule),
    state: active.state(now),
    ...{ by, matched, injected, addedAt, startsAt, endsAt, lastAt },
  };
};

/** Makes the view. */
export const faultsView = (injector: Injector): FaultsView => {
  const now = (): Instant => injector.clock.now();
  return {
    all: () => injector.rules.map((rule) => shown(rule, now())),
    add: (value, by, from) => {
      const checked = checkedFaultRule(value, faultNames);
      if ('faults' in checked)
        return { faults: checked.faults.map(({ key, found, wanted }) => ({ key, found, wanted })) };
      const added = injector.add(checked.rule, by, from);
      return typeof added === 'string' ? added : { added: shown(added, now()) };
    },
    clear: (id, from) => {
      const cleared = injector.clear(id, from);
      return cleared === undefined ? undefined : shown(cleared, now());
    },
    clearAll: (from) => injector.clearAll(from),
  };
};
