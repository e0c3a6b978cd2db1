// Every text of the page passes here: characters that could change how it is read become escapes. One place, so that no view
// can forget it. Applied twice it changes nothing more.

import { type ComponentChildren, options, type VNode } from 'preact';
import { shown, shownLines } from './shown-text.js';

type Props = Record<string, unknown> & { children?: ComponentChildren };

const SHOWN_ATTRIBUTES = ['title', 'aria-label', 'aria-valuetext'] as const;

const safe = (children: unknown, escapeText: (text: string) => string): unknown => {
  if (typeof children === 'string') return escapeText(children);
  return Array.isArray(children) ? children.map((child) => safe(child, escapeText)) : children;
};

/** Begins to escapeText. `data-lines` on an element keeps the line ends of its text. */
export const escapeEveryText = (): void => {
  const before = options.vnode;
  options.vnode = (vnode: VNode) => {
    // The node of a text that stands alone. Its element has been here, unless a component returned the bare text.
    if (typeof vnode.props !== 'object' || vnode.props === null) {
      if (typeof vnode.props === 'string') (vnode as { props: unknown }).props = shownLines(vnode.props);
      before?.(vnode);
      return;
    }
    const props = vnode.props as Props;
    const { children } = props;
    const escapeText = 'data-lines' in props ? shownLines : shown;
    if (children !== undefined) props.children = safe(children, escapeText) as ComponentChildren;
    if (typeof vnode.type === 'string')
      for (const name of SHOWN_ATTRIBUTES) {
        const value = props[name];
        if (typeof value === 'string') props[name] = shown(value);
      }
    before?.(vnode);
  };
};
