// `If-Match`: a change of a device that somebody else has changed meanwhile is refused.

import { describe, expect, it } from 'vitest';
import { Revisions } from '../../src/http/api/revisions.js';
import { aDevice } from '../support/devices.js';

const STARTED = Date.UTC(2026, 10, 30);

describe('the revision of a device', () => {
  const revisions = new Revisions(STARTED);
  const [device, other] = [aDevice('SEP000000000001'), aDevice('SEP000000000002')];
  const own = revisions.of(device);

  it('stays while its configuration is the same object, and is nobody else’s, nor another process’s', () => {
    expect(revisions.of(device)).toBe(own);
    expect(revisions.of({ ...device })).not.toBe(own);
    expect(revisions.of(other)).not.toBe(own);
    expect(new Revisions(STARTED + 1).of(device)).not.toBe(own);
  });

  it.each([
    ['its tag', `W/"${own}.hash"`, true],
    ['its tag with another hash: the phone has registered', `W/"${own}.other"`, true],
    ['its tag, made strong by a proxy', `"${own}.hash"`, true],
    ['a list with its tag', `"x-1.a" , W/"${own}.hash"`, true],
    ['the revision alone', `"${own}"`, true],
    ['anything', ' * ', true],
    ['the tag of another device', `W/"${revisions.of(other)}.hash"`, false],
    ['a tag that begins alike', `W/"${own}0.hash"`, false],
    ['no tag', own, false],
    ['nothing', '', false],
  ])('is named by %s', (_, ifMatch, isNamed) => {
    expect(revisions.condition(ifMatch)(device)).toBe(isNamed);
    expect(revisions.condition(ifMatch)(undefined)).toBe(false);
  });
});
