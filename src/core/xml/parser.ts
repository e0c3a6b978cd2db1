import { SaxesParser, type SaxesTagPlain } from 'saxes';

/** What a reader of XML calls while it reads. */
export interface XmlListener {
  /** `path`: the names from the root, joined by `/`. */
  onOpenTag(path: string, attributes: ReadonlyMap<string, string>): void;
  /** `text`: the text since the tag before, trimmed. */
  onCloseTag(path: string, text: string): void;
}

/** How deep elements may be nested, and the characters of a path. No file and no object for phones comes near. */
export const XML_BOUNDS = { depth: 32, path: 1_024 } as const;

class Refused extends Error {}

/**
 * Reads a whole document strictly, as a phone's parser does: it must be well-formed. Returns the first fault as saxes
 * words it, or that it is beyond `XML_BOUNDS`; `undefined`: there is none. Nothing is read after a fault, and what the
 * listener was given until then is worth nothing. Takes time in proportion to the document. Never throws.
 */
export const parseXml = (document: string, listener: XmlListener): string | undefined => {
  const paths: string[] = [];
  let text = '';
  const refuse = (fault: string): never => {
    throw new Refused(fault);
  };
  const parser = new SaxesParser();
  parser.on('error', ({ message }) => refuse(message));
  parser.on('opentag', ({ name, attributes }: SaxesTagPlain) => {
    const above = paths.at(-1);
    const path = above === undefined ? name : `${above}/${name}`;
    if (paths.length >= XML_BOUNDS.depth) refuse(`elements are nested more than ${XML_BOUNDS.depth} deep`);
    if (path.length > XML_BOUNDS.path)
      refuse(`the names of nested elements have more than ${XML_BOUNDS.path} characters`);
    paths.push(path);
    text = '';
    listener.onOpenTag(path, new Map(Object.entries(attributes)));
  });
  parser.on('text', (piece) => {
    text += piece;
  });
  parser.on('closetag', () => {
    listener.onCloseTag(paths.pop() ?? '', text.trim());
    text = '';
  });
  try {
    parser.write(document).close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};
