/**
 * What can be wrong with a `sandbox.json`: a sentence for the user, the place in the text, and where possible the
 * edit that puts it right. The command line prints these, the language server underlines and fixes them.
 */

export interface ConfigProblem {
  readonly range: TextRange;
  /** JSON pointer to the value (or the key) that is wrong: `/filesystem/read/0`. Empty: the whole document. */
  readonly path: string;
  /** `error`: do not run. The configuration that comes with it grants nothing for the broken part. */
  readonly severity: 'error' | 'warning' | 'information';
  /** What is wrong, where, what to do. */
  readonly message: string;
  readonly code: ProblemCode;
  readonly suggestion?: Suggestion;
}

/** In UTF-16 code units of the document's text, 0-based. */
export interface TextRange {
  readonly offset: number;
  readonly length: number;
}

export interface Suggestion {
  /** What applying it does, as a menu item: `Change to "64MB"`. */
  readonly title: string;
  readonly edit?: TextEdit;
}

export interface TextEdit extends TextRange {
  readonly text: string;
}

export type ProblemCode =
  | 'syntax'
  | 'too-large'
  | 'unknown-key'
  | 'duplicate-key'
  | 'wrong-value'
  | 'bad-unit'
  | 'zero-limit'
  | 'limit-too-large'
  | 'memory-too-small'
  | 'missing-path'
  | 'not-a-file'
  | 'outside-folder'
  | 'grants-too-much'
  | 'duplicate-grant'
  | 'guest-path-taken'
  | 'bad-address'
  | 'bad-name';
