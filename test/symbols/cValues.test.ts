import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { compile, dispose } from '../../sandbox/compile/compile.ts';
import { evaluate } from '../../sandbox/symbols/evaluate.ts';
import { readFunctionTable } from '../../sandbox/symbols/functionTable.ts';
import { loadSymbols } from '../../sandbox/symbols/load.ts';
import type { FrameState } from '../../sandbox/symbols/model.ts';
import { children, render } from '../../sandbox/symbols/render.ts';
import { readModule } from '../../sandbox/wasm/module.ts';
import { repositoryFile } from '../support/markers.ts';
import { ByteMemory } from './byteMemory.ts';

after(dispose);

const result = await compile({ program: repositoryFile('test/fixtures/symbols/globals.c'), cache: false });
assert.ok(result.ok, result.ok ? '' : result.message);
const { artifact } = result;
const module = readModule(artifact.wasm);
const symbols = await loadSymbols(artifact, module);
const memory = memoryAfterRun();
const table = readFunctionTable(module);
const functionNameOf = (index: number) => symbols.functionName(table.get(index) ?? -1);

function memoryAfterRun(): ByteMemory {
  const compiled = new WebAssembly.Module(artifact.wasm as Uint8Array<ArrayBuffer>);
  const wasi = new Proxy({}, { get: () => () => 0 });
  const instance = new WebAssembly.Instance(compiled, { wasi_snapshot_preview1: wasi });
  (instance.exports._start as () => void)();
  return new ByteMemory(new Uint8Array((instance.exports.memory as WebAssembly.Memory).buffer).slice());
}

const frame: FrameState = { functionIndex: -1, offset: 0, memory, local: () => undefined, global: () => undefined };
const scope = {
  syntax: symbols.syntax,
  memory,
  lookup: (name: string) =>
    symbols
      .globals()
      .find((variable) => variable.name === name)
      ?.read(frame),
  names: () => symbols.globals().map(({ name }) => name),
  typeNamed: (name: string) => symbols.typeNamed(name),
  enumerationOf: (enumerator: string) => symbols.enumerationOf?.(enumerator),
};
const text = (expression: string) => render(evaluate(expression, scope), memory, { functionNameOf }).text;
const inside = (expression: string) =>
  children(evaluate(expression, scope), memory).map(({ name, value }) => `${name}: ${render(value, memory).text}`);
/** Addresses depend on the linker. */
const withoutAddress = (shown: string) => shown.replaceAll(/0x[\da-f]+/g, '0x…');

describe('values', () => {
  const expected: Readonly<Record<string, string>> = {
    number: '-42',
    big: '18446744073709551615',
    single: '0.1',
    real: '0.1',
    letter: "'q' (113)",
    yes: 'true',
    byte: '200',
    wide: "'é' (233)",
    origin: '{x = 3, y = -4}',
    first: '{value = 1, next = 0x…}',
    flags: '{low = 5, sign = -3, set = true, wide = 549755813888}',
    square: '{color = BLUE, center = {x = 6, y = 7}, radius = 8e-45, name = 0x… "square", …}',
    pixels: '{{red = 255, green = 0, blue = 1}, {red = 2, green = 3, blue = 4}}',
    matrix: '{{1, 2, 3}, {4, 5, 6}}',
    text: '"café\\n"',
    message: '0x… "hello"',
    anything: '0x…',
    here: '0x… {x = 3, y = -4}',
    mode: 'READ | EXECUTE',
    odd: '77',
    sum: String(-42 + 42 + 2 + 6 + 2 + 99 + 200),
  };
  for (const [name, shown] of Object.entries(expected)) {
    test(name, () => assert.equal(withoutAddress(text(name)), shown));
  }

  test('children', () => {
    assert.deepEqual(inside('square').map(withoutAddress), [
      'color: BLUE',
      'center: {x = 6, y = 7}',
      'radius: 8e-45',
      'name: 0x… "square"',
      'weights: {0.5, 1.5, 2.5}',
      'measure: 0x…',
    ]);
    assert.deepEqual(inside('matrix'), ['[0]: {1, 2, 3}', '[1]: {4, 5, 6}']);
    assert.deepEqual(inside('here'), ['x: 3', 'y: -4']);
    assert.deepEqual(inside('indirect').map(withoutAddress), ['*: 0x… {x = 3, y = -4}']);
  });
});

describe('expressions', () => {
  const expected: Readonly<Record<string, string>> = {
    'first.next->next->value': '3',
    'first.next->next->next == NULL': 'true',
    'square.measure': '0x… (area)',
    'square.color == BLUE': 'true',
    'square.weights[1] * 2': '3',
    'square.center.x * square.center.y': '42',
    'flags.wide >> 38': '2',
    'flags.sign + flags.low': '2',
    'matrix[1][2]': '6',
    '*(matrix[0] + 1)': '2',
    '((struct point *)anything)->y': '-4',
    '(**indirect).x': '3',
    '*here': '{x = 3, y = -4}',
    '&origin == here': 'true',
    'sizeof(struct shape)': '48',
    'sizeof(pixel_t)': '3',
    'sizeof pixels / sizeof pixels[0]': '2',
    '(pixel_t *)pixels + 1 == &pixels[1]': 'true',
    '(enum color)5': 'GREEN',
    GREEN: 'GREEN',
    'GREEN + 1': '6',
    '1 ? GREEN : 0': 'GREEN',
    'byte + 100': '300',
    '(uint8_t)(byte + 100)': '44',
    'message[1]': "'e' (101)",
    'message == "hello"': 'true',
    'pixels[1].red == 2 && !sum': 'false',
    'big + 1': '0',
    'GREEN != square.color': 'true',
  };
  for (const [expression, shown] of Object.entries(expected)) {
    test(expression, () => assert.equal(withoutAddress(text(expression)), shown));
  }
});
