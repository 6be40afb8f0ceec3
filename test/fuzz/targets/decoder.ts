/**
 * The decoder: a module, or a `WasmDecodeError` with its offset, and nothing else; and whatever V8 takes, we take.
 */
import assert from 'node:assert/strict';
import { readFunctionCode } from '../../../sandbox/instrument/functionCode.ts';
import { readDisassembly } from '../../../sandbox/symbols/disassembly.ts';
import { readFunctionTable } from '../../../sandbox/symbols/functionTable.ts';
import { disassemble } from '../../../sandbox/wasm/disassemble.ts';
import { instructionsOf } from '../../../sandbox/wasm/instructions.ts';
import { functionAt, localTypes, type Module, readModule, WasmDecodeError } from '../../../sandbox/wasm/module.ts';
import { readNames } from '../../../sandbox/wasm/names.ts';
import type { Corpus } from '../corpus.ts';
import { moduleBombs } from '../moduleBombs.ts';
import { mutateModule } from '../moduleMutations.ts';
import type { Target } from '../target.ts';

/** Functions of a module that are looked at one by one. */
const MOST_FUNCTIONS = 60;

export function decoder({ modules }: Corpus): Target {
  return {
    bombs: moduleBombs(),
    mutate: (random) => mutateModule(random.pick(modules), random, random.pick(modules)),
    check,
  };
}

function check(bytes: Uint8Array): void {
  const valid = WebAssembly.validate(bytes as BufferSource);
  const module = refusable(bytes, valid, () => readModule(bytes));
  if (!module) return;
  refusable(bytes, valid, () => {
    for (const fn of module.functions) if (fn.body) readFunctionCode(module, fn, fn.body);
  });
  readNames(module);
  readFunctionTable(module);
  for (const fn of module.functions.slice(-MOST_FUNCTIONS)) {
    refusable(bytes, valid, () => disassemble(module, fn.index));
    localTypes(fn);
    if (fn.body) assert.equal(functionAt(module, fn.body.bodyStart)?.index, fn.index);
  }
  refusable(bytes, valid, () => showDisassembly(module));
}

/** As a debugger shows a module without debug information. */
function showDisassembly(module: Module): void {
  const symbols = readDisassembly(module);
  const statements = symbols.statements();
  for (const { source, functionIndex, offset } of statements.slice(0, MOST_FUNCTIONS)) {
    const { content = '' } = symbols.sources[source] ?? {};
    assert.ok(
      content.length > 0 && content.length < 200 * module.bytes.length + 10_000,
      `${content.length} characters`,
    );
    const [frame] = symbols.frames(functionIndex, offset, false);
    assert.ok(frame && frame.name.length > 0);
    const body = module.functions[functionIndex]?.body;
    if (body && instructionsOf(module, body).next().done) assert.fail('a statement without an instruction');
  }
}

/** What `read` gives; undefined when it refused, as it may what V8 refuses too. */
function refusable<T>(bytes: Uint8Array, valid: boolean, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof WasmDecodeError)) throw error;
    assert.ok(error.offset >= 0 && error.offset <= bytes.length, `offset ${error.offset} of ${bytes.length} bytes`);
    assert.ok(error.message.length < 1000, `a message of ${error.message.length} characters`);
    assert.ok(!valid, `V8 takes it, but: ${error.message}`);
    return undefined;
  }
}
