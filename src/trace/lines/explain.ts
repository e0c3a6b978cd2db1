// The trace lines of verdicts.

import type { ExplainEvent } from '../../explain/events.js';
import type { Rows } from '../row.js';

/** What a phone calls itself may be anything: in a command it stands only where a shell reads it as one word. */
const isWord = (name: string): boolean => /^[\w.:-]+$/.test(name);

export const explainLines = {
  'device.verdict': {
    component: 'CCM',
    level: 'significant',
    text: ({ device, configured, code, confidence, before, sentence }) =>
      `DeviceManager: Device verdict deviceName : ${device}, Configured : ${configured}, Code : ${code ?? ''}, Confidence : ${confidence ?? ''}, Before : ${before ?? ''}, Text : ${sentence}`,
    summary: ({ device, code, severity, sentence, mended }) => {
      if (mended !== undefined) return { tone: 'plain', about: device, text: `mended: ${sentence}` };
      if (code === undefined) return { tone: 'good', about: device, text: 'has no trouble any more' };
      const tone = severity === 'blocking' ? 'bad' : 'plain';
      return {
        tone,
        about: device,
        text: `verdict: ${sentence} \`labcm why${isWord(device) ? ` ${device}` : ''}\` says what to do`,
      };
    },
  },
} as const satisfies Rows<ExplainEvent['type']>;
