// Writes results as JUnit XML for build servers: one suite, one case per expectation.

import { type XmlElement, xmlDocument, xmlText } from '../core/xml/writer.js';

/** The result of one expectation. */
export interface Result {
  readonly subject: string;
  readonly key: string;
  readonly expected: string;
  /** `unknown`: the daemon could not be asked. */
  readonly outcome: 'held' | 'failed' | 'unknown';
  readonly found: string;
}

/** All results of a run. */
export interface Suite {
  /** The command of labcm that makes it. */
  readonly command: string;
  readonly name: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly results: readonly Result[];
}

/** The XML document. */
export const junit = ({ command, name, startedAt, seconds, results }: Suite): Buffer => {
  const counts = {
    tests: results.length,
    failures: results.filter(({ outcome }) => outcome === 'failed').length,
    errors: results.filter(({ outcome }) => outcome === 'unknown').length,
    skipped: 0,
    time: seconds.toFixed(3),
  };
  const suite: XmlElement = ['testsuite', { name, timestamp: startedAt, ...counts }, results.map(caseOf)];
  return xmlDocument(xmlText([['testsuites', { name: `labcm ${command}`, ...counts }, [suite]]]));
};

const ELEMENT = { failed: 'failure', unknown: 'error' } as const;

const caseOf = ({ subject, key, expected, outcome, found }: Result): XmlElement => {
  const about = { classname: `labcm.${subject}`, name: `${key} is ${expected}`, time: '0.000' };
  if (outcome === 'held') return ['testcase', about, ''];
  const message = `${key}: found ${found}, expected ${expected}`;
  return ['testcase', about, [[ELEMENT[outcome], { message, type: outcome }, `${subject}: ${message}`]]];
};
