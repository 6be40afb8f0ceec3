/** Collects the problems of one document while it is read, and makes the edits that put them right. */
import { type ConfigDocument, type JsonPath, pointer } from './configDocument.ts';
import type { ConfigProblem, ProblemCode, Suggestion, TextRange } from './problem.ts';

/** How many problems one document may report: more help nobody, and a hostile file could have a million. */
const MOST_PROBLEMS = 100;

export class Findings {
  readonly document: ConfigDocument;
  readonly #problems: ConfigProblem[] = [];

  constructor(document: ConfigDocument) {
    this.document = document;
  }

  error(path: JsonPath, code: ProblemCode, message: string, suggestion?: Suggestion): void {
    this.#add('error', path, { code, message, ...(suggestion && { suggestion }) });
  }

  warning(path: JsonPath, code: ProblemCode, message: string, suggestion?: Suggestion): void {
    this.#add('warning', path, { code, message, ...(suggestion && { suggestion }) });
  }

  information(path: JsonPath, code: ProblemCode, message: string, suggestion?: Suggestion): void {
    this.#add('information', path, { code, message, ...(suggestion && { suggestion }) });
  }

  /** For problems that are not about a value: a key, broken syntax. */
  add(problem: ConfigProblem): void {
    if (!this.full) this.#problems.push(problem);
  }

  /** Whether more would be dropped: time to stop looking. */
  get full(): boolean {
    return this.#problems.length >= MOST_PROBLEMS;
  }

  /** In the order of the text. */
  problems(): readonly ConfigProblem[] {
    return this.#problems.toSorted((a, b) => a.range.offset - b.range.offset);
  }

  /** Offer another value; nothing when there is none to offer. */
  change(path: JsonPath, value: unknown): Suggestion | undefined {
    const edit = value === undefined ? undefined : this.document.editTo(path, value);
    return edit && { title: `Change to ${JSON.stringify(value)}`, edit };
  }

  /** An item that its list has already. */
  repeated(path: JsonPath, field: string): void {
    const edit = this.document.editWithout(path);
    const suggestion = { title: 'Take it out', ...(edit && { edit }) };
    this.warning(path, 'duplicate-grant', `"${field}" is in this list already. Take it out.`, suggestion);
  }

  #add(
    severity: ConfigProblem['severity'],
    path: JsonPath,
    what: Pick<ConfigProblem, 'code' | 'message' | 'suggestion'>,
  ): void {
    const range: TextRange = this.document.range(path);
    this.add({ range, path: pointer(path), severity, ...what });
  }
}
