// What other folders may use of the snippets.

export { findSnippetKind, SNIPPET_KIND_NAMES, SNIPPET_KINDS, type SnippetKind, snippetHint } from './kinds.js';
export { type Snippet, type SnippetRequest, snippetOf } from './snippet.js';
