import type { AdviceJson } from '../http/api/shapes.js';
import { CopyButton } from './copy-button.js';

/** What to do about a phone that nobody configured, with the lines to paste. */
export const SnippetLines = ({ advice: { advice, snippet } }: { advice: AdviceJson }) => (
  <div class="snippet">
    <p>{advice}</p>
    {snippet === null ? null : (
      <>
        <CopyButton text={snippet} what="the lines" lines />
        <pre data-lines>{snippet}</pre>
      </>
    )}
  </div>
);
