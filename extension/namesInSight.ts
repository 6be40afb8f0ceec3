/**
 * The names whose values are worth writing at the ends of lines while the program is stopped: those of the function
 * that it is in, up to the line where it stands. Found by the text alone, as C and WAT have no symbols in a bare VS Code.
 */

/** Lines and columns are 0-based. */
export interface NameInSight {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

/** Farther up than this nothing is looked at. */
const MAX_LINES = 400;

/** `language` is VS Code's identifier: `wat` has its own idea of a function and of a name. */
export function namesInSight(lines: readonly string[], stoppedAt: number, language: string): NameInSight[] {
  const code = lines.slice(0, stoppedAt + 1).map((line) => blankOut(line, language));
  const first = language === 'wat' ? startOfWatFunction(code) : startOfFunction(code);
  const pattern = language === 'wat' ? /\$[^\s()";,]+/g : /(?<![.\w$]|->)[A-Za-z_$][\w$]*(?![\w$]|\s*\()/g;
  const names: NameInSight[] = [];
  for (const [offset, line] of code.slice(first).entries()) {
    for (const { 0: name, index } of line.matchAll(pattern)) names.push({ name, line: first + offset, column: index });
  }
  return names;
}

/** Comments and strings become blanks, so that columns stay. */
function blankOut(line: string, language: string): string {
  const quiet =
    language === 'wat'
      ? /;;.*$|\(;.*?;\)|"(?:\\.|[^"\\])*"/g
      : /\/\/.*$|\/\*.*?\*\/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`/g;
  return line.replace(quiet, (text) => ' '.repeat(text.length));
}

/**
 * The line where the function around the last line begins: of the braces that are open there, the outermost that
 * follows a parameter list. What holds functions (a class, a namespace) has none.
 */
function startOfFunction(code: readonly string[]): number {
  const last = code.length - 1;
  let first = last;
  let closed = 0;
  for (let line = last; line >= Math.max(0, last - MAX_LINES); line--) {
    const text = code[line] ?? '';
    for (let column = text.length - 1; column >= 0; column--) {
      if (text[column] === '}' && line !== last) closed++;
      if (text[column] !== '{') continue;
      if (closed > 0) closed--;
      else if (opensFunction(code, line, column)) first = headOf(code, line);
    }
  }
  return first;
}

function opensFunction(code: readonly string[], line: number, column: number): boolean {
  const head = headOf(code, line);
  const text = `${code.slice(head, line).join(' ')} ${code[line]?.slice(0, column) ?? ''}`.trim();
  return text.includes(')') && !/^(?:\}\s*)?(?:if|else|for|while|switch|do|try|catch|class|namespace)\b/.test(text);
}

/** A head that is broken over lines begins where its parenthesis opens. */
function headOf(code: readonly string[], line: number): number {
  let head = line;
  let open = 0;
  for (; head > 0 && line - head < 20; head--) {
    const text = code[head] ?? '';
    open += [...text].filter((one) => one === ')').length - [...text].filter((one) => one === '(').length;
    const alone = /^\s*\{\s*$/.test(text);
    if (open <= 0 && !alone) break;
  }
  return head;
}

function startOfWatFunction(code: readonly string[]): number {
  const start = code.findLastIndex((line) => /\(\s*func\b/.test(line));
  return start < 0 ? code.length - 1 : start;
}
