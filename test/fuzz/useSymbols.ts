/** Asks symbols everything that a debugger asks. Nothing but what the model announces may be thrown. */
import assert from 'node:assert/strict';
import { children } from '../../sandbox/symbols/children.ts';
import { EvaluationError, evaluate } from '../../sandbox/symbols/evaluate.ts';
import {
  type FrameState,
  type Memory,
  MissingMemory,
  OutOfBounds,
  type Symbols,
  type Type,
  type Value,
  type Variable,
} from '../../sandbox/symbols/model.ts';
import { render } from '../../sandbox/symbols/render.ts';

const MOST_STATEMENTS = 25;
const MOST_VARIABLES = 60;
const MOST_CHILDREN = 12;
const LEVELS = 3;
const EXPRESSIONS = ['a', '*p', 'this->x', 'items[1]', 'sizeof(struct Node)', '(int)p + 1', '&a', 'p->next->next'];

/** Whatever guests leave behind; one page was never fetched. */
const memory: Memory = {
  size: 1 << 20,
  read(address, length) {
    assert.ok(Number.isInteger(address) && Number.isInteger(length) && length >= 0, `${address} ${length}`);
    if (address < 0 || address + length > this.size) throw new OutOfBounds(address, length);
    if (address <= 0x9000 && address + length > 0x8000) throw new MissingMemory(0x8000, 0x1000);
    return Uint8Array.from({ length }, (_, index) => ((address + index) * 37) & 0xff);
  },
};

/** `functions`: how many the module has. */
export function useSymbols(symbols: Symbols, functions: number): void {
  const statements = symbols.statements();
  checkStatements(symbols);
  const step = Math.max(1, Math.floor(statements.length / MOST_STATEMENTS));
  for (let at = 0; at < statements.length; at += step) {
    const { functionIndex, offset } = statements[at] as (typeof statements)[number];
    const frame: FrameState = {
      functionIndex,
      offset,
      memory,
      local: (index) => (index % 3 === 0 ? undefined : 1024 + index * 16),
      global: () => 65_536,
    };
    for (const afterCall of [false, true]) {
      for (const { name, scopes } of symbols.frames(functionIndex, offset, afterCall)) {
        assertName(name);
        useVariables(
          scopes.flatMap(({ variables }) => variables),
          frame,
        );
      }
    }
  }
  for (let index = 0; index < Math.min(functions, 200); index++) {
    assertName(symbols.functionName(index) ?? 'none');
    for (const local of symbols.trackedLocals(index).slice(0, 1000)) assert.ok(Number.isInteger(local) && local >= 0);
  }
  const outside: FrameState = { functionIndex: -1, offset: 0, memory, local: () => undefined, global: () => 65_536 };
  useVariables(symbols.globals(), outside);
  for (const name of ['Point', 'struct Node', 'a::b::C', 'Array<i32>', '', ':'.repeat(1000)]) symbols.typeNamed(name);
  symbols.enumerationOf?.('RED');
  useExpressions(symbols, outside);
}

function checkStatements(symbols: Symbols): void {
  let previous = -1;
  for (const { offset, line, column, source } of symbols.statements()) {
    assert.ok(offset >= previous, 'statements are sorted');
    assert.ok(line >= 0 && column >= 0 && symbols.sources[source] !== undefined, `${source}:${line}:${column}`);
    previous = offset;
  }
  for (const { path } of symbols.sources.slice(0, 1000)) assertName(path);
}

function useVariables(variables: readonly Variable[], frame: FrameState): void {
  for (const variable of variables.slice(0, MOST_VARIABLES)) {
    assertName(variable.name);
    lookAt(
      allowing(() => variable.read(frame)),
      LEVELS,
    );
  }
}

function lookAt(value: Value | undefined, levels: number): void {
  if (!value) return;
  assertType(value.type);
  const shown = allowing(() => render(value, memory));
  if (shown) assert.ok(shown.text.length < 100_000 && shown.type.length < 100_000, `${shown.text.length} characters`);
  if (levels === 0) return;
  const inside = allowing(() => children(value, memory, { start: 0, count: MOST_CHILDREN })) ?? [];
  assert.ok(inside.length <= MOST_CHILDREN);
  for (const child of inside) lookAt(child.value, levels - 1);
}

function assertType({ name, size }: Type): void {
  assertName(name);
  assert.ok(size >= 0 && size <= 2 ** 32, `a size of ${size}`);
}

function assertName(name: string): void {
  assert.equal(typeof name, 'string');
  assert.ok(name.length < 100_000, `a name of ${name.length} characters`);
}

function useExpressions(symbols: Symbols, frame: FrameState): void {
  const known = new Map(symbols.globals().map((variable) => [variable.name, variable]));
  const [first] = known.keys();
  for (const expression of [...EXPRESSIONS, ...(first === undefined ? [] : [first, `&${first}`])]) {
    allowing(() =>
      evaluate(expression, {
        syntax: symbols.syntax,
        memory,
        lookup: (name) => known.get(name)?.read(frame),
        names: () => known.keys(),
        typeNamed: (name) => symbols.typeNamed(name),
      }),
    );
  }
}

function allowing<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof MissingMemory || error instanceof EvaluationError) return undefined;
    throw error;
  }
}
