// Why a phone does not work, what that rests on, and what to do.

import type { FindingJson, VerdictJson } from '../http/api/verdict-shapes.js';
import { CopyButton } from './copy-button.js';
import { STAGES, stagesOf } from './stages.js';
import { nowOfBrowser, shownIso } from './times.js';

/** Steps whose text is something to type or to paste. */
const TYPED: ReadonlySet<string> = new Set(['config', 'command', 'signal']);

/** As `labcm why` calls them. */
const LABELS: Readonly<Record<string, string>> = {
  config: 'write',
  command: 'run',
  signal: 'then',
  phone: 'press',
  network: 'there',
  look: 'note',
};

const Remedy = ({ finding }: { finding: Pick<FindingJson, 'remedy'> }) => (
  <ol class="remedy" aria-label="What to do">
    {finding.remedy.map(({ do: kind, text, file, line, or }, index) => (
      <li key={`${index} ${text}`}>
        {or === true ? <i>or </i> : null}
        {TYPED.has(kind) ? <CopyButton text={text} what={text} lines={kind === 'config'} /> : null}
        <b>{LABELS[kind] ?? kind}</b>
        {text.includes('\n') ? <pre data-lines>{text}</pre> : <span>{text}</span>}
        {file === undefined ? null : <small>{line === undefined ? file : `${file}:${line}`}</small>}
      </li>
    ))}
  </ol>
);

const Evidence = ({ finding }: { finding: FindingJson }) => (
  <details>
    <summary>What it rests on ({finding.evidence.length})</summary>
    <ul class="evidence">
      {finding.evidence.map(({ at, type, text }) => (
        <li key={`${at} ${type} ${text}`}>
          <time dateTime={at}>{shownIso(at, nowOfBrowser())}</time> {text}
        </li>
      ))}
    </ul>
  </details>
);

/** Which stages are done, where it stops, and which come. */
const StageStrip = ({ boot, verdict }: Pick<VerdictJson, 'boot' | 'verdict'>) => {
  const { reached, stop } = stagesOf(boot.furthest, verdict);
  return (
    <ol class="stages" aria-label="How far its boot has come">
      {STAGES.map((stage, index) => {
        const isStop = index === stop;
        const [mark, word] = isStop ? ['✗', 'stops here'] : index <= reached ? ['✓', 'done'] : ['·', 'to come'];
        return (
          <li key={stage} class={isStop ? 'blocking' : index <= reached ? 'good' : ''}>
            {stage} <span aria-hidden="true">{mark}</span>
            <span class="hidden">{word}</span>
          </li>
        );
      })}
    </ol>
  );
};

const sentenceOf = ({ verdict, mended, registered, waitsFor }: VerdictJson): string => {
  if (verdict !== null) return verdict.sentence;
  if (mended !== null) return mended.sentence;
  if (registered) return 'It is registered, and nothing is wrong.';
  return waitsFor === null ? 'Nothing was heard of it.' : `It waits for ${waitsFor}.`;
};

/** The verdict of a phone. */
export const VerdictCard = ({ about }: { about: VerdictJson }) => {
  const { verdict, alike, others, harmless, boot } = about;
  return (
    <section class={`verdict ${verdict?.severity ?? (about.registered ? 'good' : '')}`} aria-label="Verdict">
      <p class="sentence" role="status">
        {sentenceOf(about)}
      </p>
      {verdict === null ? null : (
        <>
          <p class="note">
            {verdict.severity}, {verdict.confidence}, since {shownIso(verdict.since, nowOfBrowser())}
            {alike === 0 ? '' : `; ${alike} other ${alike === 1 ? 'device has' : 'devices have'} the same`}{' '}
            <code>{verdict.code}</code>
          </p>
          <Remedy finding={verdict} />
          <Evidence finding={verdict} />
        </>
      )}
      {about.mended === null ? null : <Remedy finding={about.mended} />}
      <StageStrip boot={boot} verdict={verdict} />
      {others.length + harmless.length === 0 ? null : (
        <details>
          <summary>What else was noticed ({others.length + harmless.length})</summary>
          <ul>
            {others.map(({ code, sentence }) => (
              <li key={code}>
                {sentence} <code>{code}</code>
              </li>
            ))}
            {harmless.map(({ code, sentence, count, files }) => (
              <li key={code}>
                harmless, {count} times{files.length === 0 ? '' : `, ${files.join(', ')}`}: {sentence}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
};
