import { useState } from 'preact/hooks';

const SHOWN_FOR = 1_500; // milliseconds

/** Where the page is not served from loopback or over TLS, browsers have no clipboard for it. */
const copyByField = (text: string): boolean => {
  const field = document.createElement('textarea');
  field.value = text;
  field.setAttribute('aria-hidden', 'true');
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  return copied;
};

const copyText = async (text: string): Promise<boolean> => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByField(text);
  }
};

/** Copies a text of labcm's own: one line, so that a terminal runs nothing by itself; `lines`: for a file, with its line ends. */
export const CopyButton = ({ text, what, lines = false }: { text: string; what: string; lines?: boolean }) => {
  const [said, setSaid] = useState('copy');
  const copy = async (): Promise<void> => {
    const copied = await copyText(lines ? text : text.replace(/\s*[\r\n]+\s*/g, ' '));
    setSaid(copied ? 'copied' : 'not copied');
    setTimeout(() => setSaid('copy'), SHOWN_FOR);
  };
  return (
    <button type="button" class="copy" aria-label={`${said} ${what}`} onClick={() => void copy()}>
      {said}
    </button>
  );
};
