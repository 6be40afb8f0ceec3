import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Artifact } from '../../sandbox/compile/artifact.ts';
import { compile } from '../../sandbox/compile/compile.ts';
import { functionsNamed, resolveLine } from '../../sandbox/symbols/breakpoints.ts';
import { readDisassembly } from '../../sandbox/symbols/disassembly.ts';
import { evaluate } from '../../sandbox/symbols/evaluate.ts';
import { loadSymbols } from '../../sandbox/symbols/load.ts';
import type { FrameState, Symbols } from '../../sandbox/symbols/model.ts';
import { render } from '../../sandbox/symbols/render.ts';
import { instructionsOf } from '../../sandbox/wasm/instructions.ts';
import { readModule } from '../../sandbox/wasm/module.ts';
import { markedLine, repositoryFile } from '../support/markers.ts';
import { ByteMemory } from './byteMemory.ts';

const program = repositoryFile('test/fixtures/symbols/lanes.wat');
const line = (marker: string) => markedLine(program, marker) - 1;
const memory = new ByteMemory();

const result = await compile({ program, cache: false });
assert.ok(result.ok, result.ok ? '' : result.message);
const { artifact } = result;
const module = readModule(artifact.wasm);
const indexOf = (symbols: Symbols, name: string) => functionsNamed(symbols, module.functions.length, name)[0]!;

const vector = new Uint8Array(16);
new DataView(vector.buffer).setFloat32(4, 1.5, true);
const locals = [3, 2n ** 40n, 0.1, vector, -1, undefined];
const frame = (functionIndex: number): FrameState => ({
  functionIndex,
  offset: 0,
  memory,
  local: (index) => locals[index],
  global: (index) => [7, 2n ** 63n - 1n, undefined][index],
});

function variables(symbols: Symbols, functionIndex: number): readonly string[] {
  const [top] = symbols.frames(functionIndex, module.functions[functionIndex]!.body!.bodyStart, false);
  return [...top!.scopes.flatMap((scope) => scope.variables), ...symbols.globals()].map((variable) => {
    const { text, type } = render(variable.read(frame(functionIndex)), memory);
    return `${variable.name}: ${type} = ${text}`;
  });
}

const expectedVariables = [
  '$v: v128 = {i32x4 = {0, 1069547520, 0, 0}, f32x4 = {0, 1.5, 0, 0}, …}',
  '$4: i32 = -1',
  '$ref: externref = <references live outside the guest>',
  '$count: i32 = 3',
  '$wide: i64 = 1099511627776',
  '$2: f32 = 0.1',
  '$calls: i32 = 7',
  '$limit: i64 = 9223372036854775807',
  '$handle: externref = <references live outside the guest>',
];

describe('text modules', async () => {
  const symbols = await loadSymbols(artifact, module);
  const add = indexOf(symbols, 'add');

  test('variables', () => {
    assert.deepEqual(variables(symbols, add), expectedVariables);
    assert.deepEqual(symbols.trackedLocals(add), [0, 1, 2, 3, 4], 'references are not kept');
    assert.deepEqual(symbols.trackedLocals(0), [], 'an import has none');
  });

  test('a breakpoint on an instruction stops at it', () => {
    const place = resolveLine(symbols, 0, line('store'))!;
    assert.equal(place.line, line('store'));
    assert.equal(place.offsets.length, 1);
    const { body } = module.functions[add]!;
    const names = new Map(Array.from(instructionsOf(module, body!), ({ offset, opcode }) => [offset, opcode.name]));
    assert.equal(names.get(place.offsets[0]!), 'i32.const', 'the first operand of the store');
    assert.equal(symbols.frames(add, place.offsets[0]!, false)[0]!.location?.line, line('store'));
  });

  test('a line without code moves on, past the end there is nothing', () => {
    assert.equal(resolveLine(symbols, 0, line('comment'))?.line, line('store'));
    assert.equal(resolveLine(symbols, 0, 10_000), undefined);
  });

  test('several statements on a line are told apart by their columns', () => {
    const at = (column?: number) => resolveLine(symbols, 0, line('two'), column)!;
    assert.equal(at().offsets.length, 1);
    const text = artifact.debug.kind === 'wat' ? artifact.debug.source.content.split('\n')[line('two')]! : '';
    const second = text.indexOf('local.set $count');
    assert.notDeepEqual(at(second).offsets, at(0).offsets);
    assert.equal(at(second).column, second);
  });

  test('expressions', () => {
    const [top] = symbols.frames(add, 0, false);
    const all = [...top!.scopes.flatMap((scope) => scope.variables), ...symbols.globals()];
    const scope = {
      syntax: symbols.syntax,
      memory,
      lookup: (name: string) => all.find((variable) => variable.name === name)?.read(frame(add)),
      names: () => all.map(({ name }) => name),
      typeNamed: (name: string) => symbols.typeNamed(name),
    };
    const text = (expression: string) => render(evaluate(expression, scope), memory).text;
    assert.equal(text('$count * 2 + $calls'), '13');
    assert.equal(text('$v.f32x4[1]'), '1.5');
    assert.equal(text('$wide > 4294967295'), 'true');
    assert.equal(text('$4 == (i32)-1'), 'true');
    assert.throws(() => text('$cuont'), /Did you mean \$count/);
  });
});

describe('modules without debug information', async () => {
  const bare: Artifact = { ...artifact, debug: { kind: 'none' }, sources: ['/code/lanes.wasm'] };
  const symbols = await loadSymbols(bare, module);
  const add = indexOf(symbols, 'add');

  test('variables', () => assert.deepEqual(variables(symbols, add), expectedVariables));

  test('every instruction has its own line in its function', () => {
    const names = new Map(
      module.functions.flatMap(({ body }) =>
        body ? Array.from(instructionsOf(module, body), ({ offset, opcode }) => [offset, opcode.name] as const) : [],
      ),
    );
    assert.equal(symbols.statements().length, names.size);
    for (const { source, line, offset } of symbols.statements()) {
      const text = symbols.sources[source]!.content!.split('\n')[line]!;
      assert.equal(text.trim().split(' ')[0], names.get(offset));
    }
    assert.equal(new Set(symbols.statements().map(({ offset }) => offset)).size, symbols.statements().length);
  });

  test('sources are named after the module and the function', () => {
    const { path, content } = symbols.sources[0]!;
    assert.equal(path, `/code/lanes.wasm/${add}-add.wat`);
    assert.match(content!, /^func \$add \(param \$count i32\).*\n {2}i32\.const 16\n/);
    assert.match(content!, /\nend\n$/);
  });

  test('locations, also of return addresses', () => {
    const body = module.functions[add]!.body!;
    const starts = Array.from(instructionsOf(module, body), ({ offset }) => offset);
    const at = (offset: number, afterCall: boolean) => symbols.frames(add, offset, afterCall)[0]!.location?.line;
    assert.equal(at(starts[2]!, false), 3);
    assert.equal(at(starts[2]!, true), 2);
    assert.equal(at(body.start, false), 1);
  });

  test('a module without a name section has numbers for names', () => {
    const stripped = readModule(artifact.wasm.slice(0, module.sections.find(({ name }) => name === 'name')!.header));
    const names = readDisassembly(stripped);
    assert.equal(names.functionName(0), 'env.tick');
    assert.equal(names.functionName(1), 'add');
    assert.equal(names.functionName(2), '$2');
    assert.equal(names.functionName(3), undefined);
    assert.deepEqual(names.frames(3, 0, false), []);
    const [top] = names.frames(1, 0, false);
    assert.deepEqual(
      top!.scopes[1]!.variables.map(({ name }) => name),
      ['$0', '$1', '$2'],
    );
  });
});
