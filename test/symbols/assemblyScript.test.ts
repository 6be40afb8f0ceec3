import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Artifact } from '../../sandbox/compile/artifact.ts';
import { compile, dispose } from '../../sandbox/compile/compile.ts';
import { readAssemblyScript } from '../../sandbox/symbols/assemblyscript/assemblyScriptSymbols.ts';
import { functionsNamed, resolveLine } from '../../sandbox/symbols/breakpoints.ts';
import { EvaluationError, evaluate } from '../../sandbox/symbols/evaluate.ts';
import type { FrameState, Symbols, Value, Variable } from '../../sandbox/symbols/model.ts';
import { children, render } from '../../sandbox/symbols/render.ts';
import { scalarValue, valueAt } from '../../sandbox/symbols/values.ts';
import { instructionsOf } from '../../sandbox/wasm/instructions.ts';
import { localTypes, type Module, readModule } from '../../sandbox/wasm/module.ts';
import { readNames } from '../../sandbox/wasm/names.ts';
import { markedLine, repositoryFile } from '../support/markers.ts';
import { ByteMemory } from './byteMemory.ts';

const program = repositoryFile('test/fixtures/symbols/shapes.ts');
const line = (marker: string) => markedLine(program, marker) - 1;

let artifact: Artifact;
let module: Module;
let symbols: Symbols;
/** The guest in the middle of `run`. */
let stopped: { readonly memory: ByteMemory; readonly frame: FrameState; readonly run: number };

before(async () => {
  const result = await compile({ program, cache: false });
  assert.ok(result.ok, result.ok ? '' : result.message);
  artifact = result.artifact;
  module = readModule(artifact.wasm);
  symbols = await readAssemblyScript(artifact, module);
  stopped = stopInRun();
});
after(dispose);

/** Parameters of `look`, which the guest calls with its locals. */
const looked = [
  'shape',
  'none',
  'numbers',
  'names',
  'table',
  'byNumber',
  'seen',
  'fixed',
  'bytes',
  'buffer',
  'callback',
];
looked.push('nested', 'empty', 'big', 'small', 'single');

function stopInRun(): typeof stopped {
  const names = readNames(module);
  const [run] = functionsNamed(symbols, module.functions.length, 'run');
  assert.ok(run !== undefined);
  const seen: { bytes?: Uint8Array; locals: ReadonlyMap<string, number | bigint> } = { locals: new Map() };
  const look = (...values: (number | bigint)[]) => {
    seen.bytes = new Uint8Array(memory.buffer).slice();
    seen.locals = new Map(looked.map((name, index) => [name, values[index]!]));
  };
  const wasi = { fd_write: () => 0, proc_exit: () => undefined };
  const compiled = new WebAssembly.Module(artifact.wasm as Uint8Array<ArrayBuffer>);
  const instance = new WebAssembly.Instance(compiled, { test: { look }, wasi_snapshot_preview1: wasi });
  const memory = instance.exports.memory as WebAssembly.Memory;
  (instance.exports._start as () => void)();
  (instance.exports.run as () => number)();
  assert.ok(seen.bytes, 'the guest did not call look');
  const guestMemory = new ByteMemory(seen.bytes);
  const offset = symbols.statements().findLast((each) => each.functionIndex === run)!.offset;
  const frame: FrameState = {
    functionIndex: run,
    offset,
    memory: guestMemory,
    local: (index) => seen.locals.get(names.local(run, index) ?? ''),
    global: (index) => globalValues.get(names.global(index) ?? ''),
  };
  return { memory: guestMemory, frame, run };
}

const globalValues: ReadonlyMap<string, number> = new Map([
  ['shapes/LIMIT', 42],
  ['shapes/counter', 7],
  ['shapes/ratio', 0.5],
  ['shapes/Circle.count', 12],
]);

function variables(): readonly Variable[] {
  const { run, frame } = stopped;
  const [first] = symbols.frames(run, frame.offset, false);
  return [...(first?.scopes.flatMap((scope) => scope.variables) ?? []), ...symbols.globals()];
}

const scope = () => ({
  syntax: symbols.syntax,
  memory: stopped.memory,
  lookup: (name: string) =>
    variables()
      .find((variable) => variable.name === name)
      ?.read(stopped.frame),
  names: () => variables().map(({ name }) => name),
  typeNamed: (name: string) => symbols.typeNamed(name),
});
const value = (expression: string): Value => evaluate(expression, scope());
const functionNameOf = (tableIndex: number) => (tableIndex === 1 ? 'double' : undefined);
const text = (expression: string) => render(value(expression), stopped.memory, { functionNameOf }).text;
const inside = (expression: string) =>
  children(value(expression), stopped.memory).map(
    (child) => `${child.name}: ${render(child.value, stopped.memory).text}`,
  );

describe('values', () => {
  const expected: Readonly<Record<string, string>> = {
    none: 'null',
    numbers: '(3) [1, 2, 3]',
    names: '(2) ["a", "b"]',
    table: 'Map(2) {"one" => 1, "three" => 3}',
    seen: 'Set(2) {10, 20}',
    fixed: '(2) [0, 0.1]',
    bytes: '(3) [0, 255, 0]',
    buffer: '(3) [0, 255, 0]',
    callback: 'function double',
    nested: '{value = (2) ["a", "b"], flag = true}',
    empty: '""',
    fixedAt: '200',
    big: String(2n ** 64n - 8n),
    small: '-3',
    single: '0.1',
    LIMIT: '42',
    counter: '7',
    ratio: '0.5',
  };
  for (const [name, shown] of Object.entries(expected)) {
    test(name, () => assert.equal(text(name), shown));
  }

  test('objects show what they are, whatever they are declared as', () => {
    const { text: summary, type, named } = render(value('shape'), stopped.memory);
    assert.equal(type, 'Circle');
    assert.equal(named, 5);
    assert.equal(summary, '{name = "round", id = 3, next = {name = "round", id = 3, …}, color = 5, …}');
    assert.deepEqual(inside('shape').slice(0, 2), ['name: "round"', 'id: 3']);
  });

  test('an object that holds itself ends', () => {
    assert.equal(text('shape.next.next.next.next.name'), '"round"');
    assert.ok(text('shape').length < 400);
  });

  test('children', () => {
    assert.deepEqual(inside('numbers'), ['[0]: 1', '[1]: 2', '[2]: 3']);
    assert.deepEqual(inside('table'), ['["one"]: 1', '["three"]: 3']);
    assert.deepEqual(inside('seen'), ['[0]: 10', '[1]: 20']);
    assert.match(inside('byNumber').join(), /^\[10\]: \{name = "round"/);
    assert.deepEqual(inside('none'), []);
    assert.equal(render(value('table'), stopped.memory).indexed, 2);
  });

  test('strings are UTF-16', () => {
    const title = symbols.globals().find(({ name }) => name === 'title')!;
    const address = module.globals.findIndex((_, index) => readNames(module).global(index) === 'shapes/title');
    assert.ok(address >= 0);
    const found = new TextDecoder('utf-16le').decode(stopped.memory.bytes).indexOf('hé\n"😀"');
    const read = title.read({ ...stopped.frame, global: () => found * 2 });
    assert.equal(render(read, stopped.memory).text, '"hé\\n\\"😀\\""');
  });
});

describe('expressions', () => {
  const expected: Readonly<Record<string, string>> = {
    'shape.name': '"round"',
    'shape.name.length': '5',
    'shape.name == "round"': 'true',
    'shape.name === "square"': 'false',
    'shape.next === shape': 'true',
    'none == null': 'true',
    'shape != null && shape.id == 3': 'true',
    'numbers.length': '3',
    'numbers[2] * 2': '6',
    'names[1] == "b"': 'true',
    'table["three"] + 1': '4',
    'table.size': '2',
    'byNumber[10].name': '"round"',
    'nested.value[0]': '"a"',
    'nested.flag ? 1 : 2': '1',
    'Color.Green': 'Green',
    'shape.color == Color.Green': 'true',
    'counter + LIMIT': '49',
    '<u8>(-1)': '255',
    'small as f64 / 2': '-1.5',
    'sizeof(i64)': '8',
    'Circle.count': '12',
  };
  for (const [expression, shown] of Object.entries(expected)) {
    test(expression, () => assert.equal(text(expression), shown));
  }

  const errors: Readonly<Record<string, string>> = {
    'none.name': 'It is null.',
    'numbers[3]': '3 is outside: the length is 3.',
    'numbers[-1]': '-1 is outside: the length is 3.',
    'table["two"]': 'The Map<String,i32> has no such key.',
    'shape.nmae': 'Circle has no member nmae. Did you mean name?',
    'shape.area()': 'Calls are not available yet: an expression can only look.',
    'shape + 1': '+ does not work on a Shape and a whole number.',
  };
  for (const [expression, message] of Object.entries(errors)) {
    test(expression, () => {
      assert.throws(
        () => value(expression),
        (error) => error instanceof EvaluationError && error.message === message,
        expression,
      );
    });
  }
});

test('garbage shows as garbage, at once', () => {
  const garbage = new ByteMemory();
  garbage.bytes.fill(0xff);
  const types = [
    'String',
    'Array<i32>',
    'Map<String,i32>',
    'Set<i64>',
    'StaticArray<f32>',
    'Uint8Array',
    'Circle',
    'Wrapper<Array<String>>',
  ];
  for (const name of types) {
    const type = symbols.typeNamed(name);
    assert.ok(type, name);
    for (const address of [1, 64, 1000, 4094, 65535, 0xffff_fff0]) {
      const pointer = scalarValue(type, BigInt(address));
      assert.match(render(pointer, garbage).text, /<.*>/, `${name} at ${address}`);
      for (const child of children(pointer, garbage)) render(child.value, garbage);
    }
  }
  const text = render(scalarValue(symbols.typeNamed('string')!, 64n), garbage).text;
  assert.equal(text, '<invalid length 4294967295>');
});

test('whatever the memory holds, showing it ends and does not throw', () => {
  const types = ['String', 'Array<i32>', 'Array<String>', 'Map<String,i32>', 'Map<i64,Shape>', 'Set<i64>', 'Circle'];
  const word = fc.oneof(fc.constantFrom(0, 1, 2, 8, 16, 24, 40, 64, 100), fc.nat(0xffff), fc.integer());
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.array(word, { minLength: 64, maxLength: 64 }), (name, words) => {
      const random = new ByteMemory(4096).i32(0, ...words);
      const object = scalarValue(symbols.typeNamed(name)!, 64n);
      assert.ok(render(object, random).text.length < 2000);
      for (const child of children(object, random)) render(child.value, random);
    }),
    { numRuns: 500 },
  );
});

test('a memory of zeros is read without complaint', () => {
  const zeros = new ByteMemory();
  assert.equal(render(scalarValue(symbols.typeNamed('Array<i32>')!, 64n), zeros).text, '(0) []');
  assert.equal(render(scalarValue(symbols.typeNamed('Map<String,i32>')!, 64n), zeros).text, 'Map(0) {}');
  const circle = symbols.typeNamed('Circle')!;
  assert.match(render(valueAt(circle, 60000), zeros).text, /null/);
});

describe('positions', () => {
  test('every statement starts an instruction of its function, in order', () => {
    const statements = symbols.statements();
    assert.ok(statements.length > 100);
    const starts = new Set(
      module.functions.flatMap(({ body }) =>
        body ? Array.from(instructionsOf(module, body), (each) => each.offset) : [],
      ),
    );
    for (const [index, { offset, functionIndex }] of statements.entries()) {
      assert.ok(starts.has(offset));
      assert.ok(offset > (statements[index - 1]?.offset ?? -1));
      const { body } = module.functions[functionIndex]!;
      assert.ok(body && body.bodyStart <= offset && offset < body.end);
    }
  });

  test('breakpoints', () => {
    const source = symbols.sources.findIndex(({ path }) => path === program);
    assert.ok(source >= 0);
    const at = (marker: string) => resolveLine(symbols, source, line(marker));
    assert.equal(at('add')?.line, line('add'));
    assert.equal(at('add')?.offsets.length, 1);
    assert.equal(at('loop')?.offsets.length, 2, 'a loop starts once and goes on from its end');
    assert.equal(at('nothing here')?.line, line('nothing here') + 1);
    assert.equal(resolveLine(symbols, source, 100_000), undefined);
    const [offset] = at('Circle#area')?.offsets ?? [];
    const [area] = functionsNamed(symbols, module.functions.length, 'Circle#area');
    assert.equal(symbols.statements().find((each) => each.offset === offset)?.functionIndex, area);
    assert.equal(functionsNamed(symbols, module.functions.length, 'area').length, 2);
  });

  test('what is inlined of the standard library does not cut a statement in two', async () => {
    const file = repositoryFile('test/fixtures/compile/as/topLevel.ts');
    const result = await compile({ program: file, cache: false });
    assert.ok(result.ok);
    const topLevel = await readAssemblyScript(result.artifact, readModule(result.artifact.wasm));
    const source = topLevel.sources.findIndex(({ path }) => path === file);
    for (const marker of ['objects', 'inlined']) {
      const wanted = markedLine(file, marker) - 1;
      const { line: found, offsets } = resolveLine(topLevel, source, wanted)!;
      assert.deepEqual([found, offsets.length], [wanted, 1], marker);
    }
  });

  test('statements begin at the first column of their line', () => {
    const source = symbols.sources.findIndex(({ path }) => path === program);
    const lines = symbols.sources[source]!.content!.split('\n');
    const { column } = resolveLine(symbols, source, line('add'))!;
    assert.equal(lines[line('add')]!.slice(column, column + 5), 'total');
    const [start] = functionsNamed(symbols, module.functions.length, 'sum');
    const { offset } = symbols.statements().find((each) => each.functionIndex === start)!;
    const { location } = symbols.frames(start!, offset, false)[0]!;
    assert.equal(lines[location!.line]!.slice(location!.column, location!.column + 3), 'let');
  });

  test('frames before, at and after a call', () => {
    const source = symbols.sources.findIndex(({ path }) => path === program);
    const { offsets } = resolveLine(symbols, source, line('add'))!;
    const [sum] = functionsNamed(symbols, module.functions.length, 'sum');
    const place = (offset: number, afterCall = false) => symbols.frames(sum!, offset, afterCall)[0]!.location!.line;
    assert.equal(place(offsets[0]!), line('add'));
    assert.equal(place(offsets[0]!, true), line('add') - 1);
    assert.equal(place(module.functions[sum!]!.body!.bodyStart), line('start of sum'));
    assert.equal(symbols.frames(sum!, offsets[0]!, false)[0]!.name, 'sum');
  });

  test('the standard library is library code with its text', () => {
    const array = symbols.sources.find(({ path }) => path === '~lib/array.ts');
    assert.ok(array?.library && array.content?.includes('class Array<T>'));
    assert.equal(symbols.sources.find(({ path }) => path === program)?.library, false);
  });
});

describe('scopes', () => {
  const scopesAt = (marker: string, name: string) => {
    const source = symbols.sources.findIndex(({ path }) => path === program);
    const [offset] = resolveLine(symbols, source, line(marker))!.offsets;
    const [index] = functionsNamed(symbols, module.functions.length, name);
    return symbols
      .frames(index!, offset!, false)[0]!
      .scopes.map(
        ({ kind, variables }) => `${kind}: ${variables.map((each) => `${each.name} ${each.type.name}`).join(', ')}`,
      );
  };

  test('blocks hide each other', () => {
    assert.deepEqual(scopesAt('add', 'sum'), [
      'block: each i32',
      'block: i i32',
      'locals: total i32',
      'arguments: values Array<i32>',
    ]);
    assert.deepEqual(scopesAt('add wide', 'sum'), [
      'block: each i64',
      'block: i i64',
      'locals: total i32',
      'arguments: values Array<i32>',
    ]);
    assert.deepEqual(scopesAt('Circle#area', 'Circle#area'), ['locals: r f64', 'arguments: this Circle']);
  });

  test('variables are in wasm locals of their type', () => {
    const [sum] = functionsNamed(symbols, module.functions.length, 'sum');
    const fn = module.functions[sum!]!;
    const types = localTypes(fn);
    const frame: FrameState = {
      ...stopped.frame,
      local: (index) => (types[index] === 'i64' ? BigInt(index) : index),
    };
    const source = symbols.sources.findIndex(({ path }) => path === program);
    const [offset] = resolveLine(symbols, source, line('add wide'))!.offsets;
    const wide = symbols.frames(sum!, offset!, false)[0]!.scopes[1]!.variables[0]!;
    const index = Number(render(wide.read(frame), stopped.memory).text);
    assert.equal(readNames(module).local(sum!, index), 'i|4');
    assert.equal(types[index], 'i64');
    assert.ok(symbols.trackedLocals(sum!).includes(index));
  });
});

test('locals are kept where a person may want to see them', () => {
  const tracked = (name: string) => {
    const [index] = functionsNamed(symbols, module.functions.length, name);
    assert.ok(index !== undefined, name);
    return symbols.trackedLocals(index).length;
  };
  assert.equal(tracked('sum'), 6);
  assert.equal(tracked('Circle#area'), 2);
  assert.equal(tracked('Circle#get:radius'), 0, 'made by the compiler');
  assert.equal(tracked('Array<i32>#__get'), 0, 'of the standard library');
});

test('a broken source map is an error in words', async () => {
  const debug = { ...artifact.debug, sourceMap: '{"sources":["a"],"mappings":"!!!"}' } as Artifact['debug'];
  await assert.rejects(readAssemblyScript({ ...artifact, debug }, module), /source map/);
  const wrong = { kind: 'none' } as const;
  await assert.rejects(readAssemblyScript({ ...artifact, debug: wrong }, module), /not assemblyscript/);
});
