// Pages with facts that look like markup, or that no document may hold.

import { describe, expect, it } from 'vitest';
import { parseXml } from '../../../src/core/xml/parser.js';
import { identityOf } from '../../../src/phone/identity.js';
import { infoObject } from '../../../src/phone/web/info-objects.js';
import type { PhoneFacts } from '../../../src/phone/web/phone-facts.js';
import { pageFor } from '../../../src/phone/web/phone-pages.js';
import { StatusLog } from '../../../src/phone/web/status-log.js';
import { StreamHistory } from '../../../src/phone/web/stream-history.js';

const ODD = '<b>&amp;"\u0001é€\uD800';
/** What XML can hold of it. */
const READ = '<b>&amp;"é€';
const AT = 0 as never;

const factsOf = (model: string, protocol: 'SCCP' | 'SIP'): PhoneFacts => {
  const identity = identityOf({ name: 'SEP000000000001', protocol, model });
  if ('fault' in identity) throw new Error(identity.fault);
  return {
    ...{ identity, lines: [ODD], leased: undefined, fileServer: ODD, file: undefined, callManagers: [] },
    ...{ calls: [], display: { ...EMPTY, prompt: ODD } },
  };
};
const EMPTY = { calls: [], keys: [], lamps: [], ringer: 'Off', tone: '', speaker: false, openPorts: 0 };

/** The text of a page. */
const open = (facts: PhoneFacts, target: string): string => {
  const [path = '', query = ''] = target.split('?');
  const log = new StatusLog();
  log.note({ type: 'phone.refused', at: AT, phone: '', node: '', why: ODD }, AT);
  const request = { method: 'GET', path, query, authorization: '', form: new URLSearchParams() } as const;
  const source = { facts, log, history: new StreamHistory(undefined), address: '127.0.0.1', at: AT };
  const page = pageFor(request, source) ?? infoObject(path, facts, undefined);
  if (page === undefined) throw new Error(`no page at ${target}`);
  return page.body.toString(/iso-8859-1/.test(page.type) ? 'latin1' : 'utf8');
};

/** The texts of a document by their paths, read strictly. */
const elementsOf = (document: string): ReadonlyMap<string, string> => {
  const texts = new Map<string, string>();
  const fault = parseXml(document, { onOpenTag: () => {}, onCloseTag: (path, text) => texts.set(path, text) });
  expect(fault).toBeUndefined();
  return texts;
};

describe.each([
  ['7960', 'SCCP'],
  ['6921', 'SCCP'],
  ['7962', 'SCCP'],
  ['8851', 'SIP'],
] as const)('a %s over %s', (model, protocol) => {
  const facts = factsOf(model, protocol);

  it.each([
    ['/DeviceInformationX', 'DeviceInformation/phoneDN'],
    ['/NetworkConfigurationX', 'NetworkConfiguration/TFTPServer1'],
    ['/DeviceLogX?2', 'DeviceLog/status'],
    ['/CGI/LineInfo', 'CiscoIPPhoneLineInfo/Prompt'],
    ['/CGI/LineInfo', 'CiscoIPPhoneLineInfo/CiscoIPPhoneLines/lineDirNum'],
  ])('escapes what it says in XML at %s: %s', (target, path) => {
    expect(elementsOf(open(facts, target)).get(path)).toContain(READ);
  });

  it.each(['/', '/NetworkConfiguration', '/DeviceLog?2'])('escapes what it says in HTML at %s', (target) => {
    const text = open(facts, target);
    expect(text).toContain('&lt;b&gt;&amp;amp;&quot;é');
    for (const forbidden of ['<b>', '\u0001']) expect(text).not.toContain(forbidden);
  });
});
