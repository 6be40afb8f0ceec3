/** WebAssembly text: any text gives an artifact whose symbols can be asked, or diagnostics inside the text. */
import assert from 'node:assert/strict';
import { wat as compiler } from '../../../sandbox/compile/wat.ts';
import { loadSymbols } from '../../../sandbox/symbols/load.ts';
import { readModule } from '../../../sandbox/wasm/module.ts';
import type { Corpus } from '../corpus.ts';
import type { Bomb } from '../moduleBombs.ts';
import type { Target } from '../target.ts';
import { decode, encode, mutateText } from '../textMutations.ts';

const PROGRAM = '/fuzz.wat';
const TOKENS = [
  '(',
  ')',
  'i32.const',
  '4294967295',
  '(block',
  '$f',
  'nan:0xfffff',
  '"\\ff\\00"',
  '(; ;)',
  'call 99',
  ';;\n',
];

export function wat({ texts }: Corpus): Target {
  return {
    bombs: bombs(),
    mutate: (random) => encode(mutateText(random.pick(texts), random, random.pick(texts), TOKENS)),
    check,
  };
}

async function check(input: Uint8Array): Promise<void> {
  const build = await compiler.build({ program: PROGRAM }, { path: PROGRAM, bytes: Buffer.from(input) });
  const lines = decode(input).split('\n').length;
  for (const { line, column, message } of build.diagnostics) {
    assert.ok(line >= 0 && line <= lines && column >= 0, `${line}:${column} of ${lines} lines`);
    assert.ok(message.length > 0 && message.length < 5000, `a message of ${message.length} characters`);
  }
  if (!build.ok) {
    assert.ok(build.message.length > 0 && build.message.length < 5000);
    return;
  }
  const { artifact } = build;
  // wabt lets through what no engine takes; V8 is asked before anything else.
  if (!WebAssembly.validate(artifact.wasm as BufferSource)) return;
  const symbols = await loadSymbols(artifact, readModule(artifact.wasm));
  for (const { functionIndex, offset, line } of symbols.statements().slice(0, 100)) {
    assert.ok(line >= 0 && line < lines);
    symbols.frames(functionIndex, offset, false);
  }
}

function bombs(): Bomb[] {
  const bomb = (name: string, text: string): Bomb => ({ name, bytes: encode(text) });
  const inFunction = (text: string): string => `(module (func ${text}))`;
  return [
    bomb('parentheses 200,000 deep', '('.repeat(200_000)),
    bomb('comments 200,000 deep', '(;'.repeat(200_000)),
    bomb('blocks 20,000 deep', inFunction(`${'block '.repeat(20_000)}${'end '.repeat(20_000)}`)),
    bomb('folded blocks 20,000 deep', inFunction(`${'(block '.repeat(20_000)}${')'.repeat(20_000)}`)),
    bomb('folded operands 20,000 deep', inFunction(`${'(drop '.repeat(20_000)}${')'.repeat(20_000)}`)),
    bomb('4294967295 locals', inFunction(`(local ${'i32 '.repeat(100_000)})`)),
    bomb('data of 4 GiB', '(module (memory 65536) (data (i32.const 0) "a"))'),
    bomb('a table of 2^32', '(module (table 4294967295 funcref))'),
    bomb('an offset too large', '(module (memory 1) (data (i32.const 99999999999999999999) "a"))'),
    bomb('a name of 1 MB', `(module (func $${'x'.repeat(1_000_000)}))`),
    bomb('a string without end', `(module (data "${'a'.repeat(1_000_000)}`),
    bomb('zero bytes', '\0'.repeat(100_000)),
    bomb('100,000 functions', `(module ${'(func nop)'.repeat(100_000)})`),
    bomb('100,000 modules', '(module)'.repeat(100_000)),
  ];
}
