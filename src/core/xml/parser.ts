import { SaxesParser, type SaxesTagPlain } from 'saxes';

/** What a reader of XML calls while it reads. */
export interface XmlListener {
  /** `path`: the names from the root, joined by `/`. */
  onOpenTag(path: string, attributes: ReadonlyMap<string, string>): void;
  /** `text`: the text since the tag before, trimmed. */
  onCloseTag(path: string, text: string): void;
}

/**
 * Reads a whole document strictly, as a phone's parser does: it must be well-formed. Returns the first fault as saxes
 * words it, or `undefined`. After a fault, what the listener was given is worth nothing. Never throws.
 */
export const parseXml = (document: string, listener: XmlListener): string | undefined => {
  const names: string[] = [];
  let text = '';
  let fault: string | undefined;
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    fault ??= error.message;
  });
  parser.on('opentag', (tag: SaxesTagPlain) => {
    names.push(tag.name);
    text = '';
    listener.onOpenTag(names.join('/'), new Map(Object.entries(tag.attributes)));
  });
  parser.on('text', (piece) => {
    text += piece;
  });
  parser.on('closetag', () => {
    listener.onCloseTag(names.join('/'), text.trim());
    text = '';
    names.pop();
  });
  try {
    parser.write(document).close();
  } catch (error) {
    fault ??= error instanceof Error ? error.message : String(error);
  }
  return fault;
};
