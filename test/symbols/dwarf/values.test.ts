import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameState, Memory, Scope, Variable } from '../../../sandbox/symbols/model.ts';
import { FIXTURES, moduleBytes, openFixture, sourceText } from './fixtures.ts';
import { bareFrame, concrete, memoryOf, plain, pointee } from './plainValue.ts';

const UNOPTIMISED = ['values.v2', 'values.v4', 'values.v5'];

const GLOBALS: Readonly<Record<string, readonly [type: string, value: unknown]>> = {
  aInt: ['int', -123456],
  aUnsigned: ['unsigned int', 4000000000],
  aSigned: ['signed char', -5],
  aByte: ['unsigned char', 250],
  aChar: ['char', 113],
  aShort: ['short', -300],
  aUnsignedShort: ['unsigned short', 65000],
  aLong: ['long', -77],
  aLongLong: ['long long', -1234567890123456789n],
  aHuge: ['unsigned long long', 18446744073709551615n],
  aFloat: ['float', 1.5],
  aDouble: ['double', -2.25],
  aBool: ['_Bool', true],
  anInt128: ['__int128', 2n ** 100n + 7n],
  aComplex: ['_Complex double', { real: 1.5, imag: -2.5 }],
  aStatic: ['int', 43],
  aConst: ['const int', 9],
  aVolatile: ['volatile int', 10],
  anAtomic: ['_Atomic int', 11],
  letters: ['char[8]', [97, 98, 99, 0, 0, 0, 0, 0]],
  color: ['Color', 'GREEN'],
  sign: ['enum Sign', 'NEGATIVE'],
  wide: ['enum Wide', 'HUGE_VALUE'],
  point: ['Point', { x: 3, y: -4 }],
  row: ['int[4]', [1, 2, 3, 4]],
  grid: [
    'int[2][3]',
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ],
  path: [
    'Point[2]',
    [
      { x: 1, y: 2 },
      { x: 3, y: 4 },
    ],
  ],
  flags: ['struct Flags', { low: 5, middle: -7, high: 0xabcde, wide: 0x123456789a, yes: true }],
  packed: ['struct Packed', { tag: 84, number: 0x01020304, crossing: 0x1abc, after: 0x155 }],
  operation: ['Operation', 1],
};

for (const fixture of [...UNOPTIMISED, 'values.O2']) {
  const { memory } = filled(fixture);
  const globals = new Map(
    openFixture(fixture)
      .globals()
      .map((variable) => [variable.name, variable]),
  );

  test(`globals of ${fixture} have their types and values`, () => {
    for (const [name, [type, value]] of Object.entries(GLOBALS)) {
      // The optimiser drops or folds constants and statics away; what is left must be right.
      if (fixture === 'values.O2' && !globals.has(name)) continue;
      const variable = globals.get(name);
      assert.ok(variable, `${name} is missing`);
      const read = variable.read(bareFrame(memory));
      assert.deepEqual(plain(read, memory), value, name);
      // Atomic and complex types came with later versions.
      const named = fixture === 'values.v2' || (fixture === 'values.v4' && name === 'anAtomic') ? undefined : type;
      if (named !== undefined) assert.equal(read.type.name, named, name);
    }
  });

  test(`pointers of ${fixture} lead to what they point at`, () => {
    const read = (name: string) => {
      const variable = globals.get(name);
      assert.ok(variable, name);
      return variable.read(bareFrame(memory));
    };
    assert.deepEqual(plain(pointee(read('pointer'), memory), memory), { x: 3, y: -4 });
    assert.deepEqual(plain(pointee(pointee(read('doublePointer'), memory), memory), memory), { x: 3, y: -4 });
    assert.deepEqual(plain(pointee(read('rowPointer'), memory), memory), [1, 2, 3, 4]);
    assert.deepEqual(concrete(pointee(read('anything'), memory).type).name, 'void');
    assert.equal(plain(pointee(read('text'), memory), memory), 'h'.charCodeAt(0));
  });
}

test('anonymous members, flexible arrays and recursive types', () => {
  const { memory, globals } = filled('values.v5');
  const variant = concrete(globals.get('variant')!.type);
  assert.ok(variant.kind === 'composite');
  const [kind, anonymous, named] = variant.members;
  assert.deepEqual([kind?.name, anonymous?.name, named?.name], ['kind', '', 'named']);
  const union = concrete(anonymous!.type);
  assert.ok(union.kind === 'composite' && union.flavour === 'union');
  assert.deepEqual(plain(globals.get('variant')!.read(bareFrame(memory)), memory), {
    kind: 2,
    '(anonymous)': {
      integer: -13107100,
      real: plain(
        { type: union.members[1]!.type, place: { kind: 'bytes', bytes: Uint8Array.of(100, 0, 0x38, 0xff) } },
        memory,
      ),
      '(anonymous)': { a: 100, b: -200 },
    },
    named: { inner: 122 },
  });
  const message = concrete(pointee(globals.get('message')!.read(bareFrame(memory)), memory).type);
  assert.ok(message.kind === 'composite');
  const text = concrete(message.members[1]!.type);
  assert.ok(text.kind === 'array' && text.count === undefined && text.name === 'char[]');
  const node = concrete(globals.get('first')!.type);
  assert.ok(node.kind === 'composite');
  assert.equal(concrete(node.members[1]!.type).name, 'struct Node *');
  assert.equal(globals.get('operations')!.type.name, 'int (*[2])(int, const char *)');
  assert.equal(globals.get('rowPointer')!.type.name, 'int (*)[4]');
});

for (const fixture of UNOPTIMISED) {
  test(`locals of ${fixture}: blocks shadow, statics live on, lengths of arrays are counted`, () => {
    const stops = stopsInside(fixture);
    const [inner, outer] = stops;
    assert.ok(inner && outer);
    assert.deepEqual(inner.kinds, ['block', 'locals', 'arguments']);
    assert.deepEqual(inner.values[0], { number: -1, deep: 2 ** 40 });
    const { lengths: _unset, ...locals } = inner.values[1] ?? {};
    assert.deepEqual(locals, { calls: 101, number: 10, fraction: 2.5, here: { x: 5, y: -4 }, bytes: [1, 2, 3] });
    const { where, ...rest } = inner.values[2] ?? {};
    assert.deepEqual(rest, { first: 5, second: 2.5 });
    assert.ok(Number(where) > 0);
    assert.deepEqual(outer.values[0]?.lengths, [0, 1, 4, 9, 16]);
  });
}

test('a local that is not tracked is unavailable, and says so', () => {
  const symbols = openFixture('values.v4');
  const { memory } = filled('values.v4');
  const place = stopPlaces('values.v4')[0]!;
  const frame = { ...bareFrame(memory), ...place };
  const variable = symbols.frames(place.functionIndex, place.offset, false)[0]?.scopes[0]?.variables[0];
  assert.deepEqual(variable?.read(frame).place, { kind: 'unavailable', reason: 'not in this frame' });
});

for (const fixture of FIXTURES) {
  test(`variables of ${fixture} read no local that is not tracked`, () => {
    const symbols = openFixture(fixture);
    const { memory } = filled('values.v4');
    for (const { functionIndex, offset } of symbols.statements()) {
      const tracked = symbols.trackedLocals(functionIndex);
      const local = (index: number): number => {
        assert.ok(tracked.includes(index), `local ${index} of function ${functionIndex}`);
        return 4096;
      };
      const scopes = symbols.frames(functionIndex, offset, false).flatMap((frame) => frame.scopes);
      for (const variable of scopes.flatMap(({ variables }) => variables)) {
        variable.read({ ...bareFrame(memory), functionIndex, offset, local });
      }
    }
  });
}

test('before the first statement nothing in the frame is read', () => {
  const symbols = openFixture('values.v4');
  const { memory } = filled('values.v4');
  const { functionIndex } = stopPlaces('values.v4')[0]!;
  const first = symbols.statements().find((statement) => statement.functionIndex === functionIndex)!;
  const readAt = (offset: number) => {
    const frame = { ...bareFrame(memory), functionIndex, offset, local: () => 4096 };
    const scopes = symbols.frames(functionIndex, offset, false)[0]?.scopes ?? [];
    return scopes.find(({ kind }) => kind === 'arguments')?.variables[0]?.read(frame).place;
  };
  assert.deepEqual(readAt(first.offset - 1), { kind: 'unavailable', reason: 'not set up yet' });
  assert.equal(readAt(first.offset)?.kind, 'memory');
});

test('types are found by the names that C gives them', () => {
  const symbols = openFixture('values.v4');
  const sizes = {
    'struct Node': 8,
    Node: 8,
    Point: 8,
    'Point *': 4,
    'const Point *const *': 4,
    'unsigned int': 4,
    unsigned: 4,
    'long unsigned int': 4,
    'unsigned long long': 8,
    'long double': 16,
    char: 1,
    'char *': 4,
    uint64_t: 8,
    'enum Sign': 4,
    Color: 4,
    'struct Flags': 16,
    'struct Message': 4,
  };
  for (const [name, size] of Object.entries(sizes)) assert.equal(symbols.typeNamed(name)?.size, size, name);
  for (const name of ['nothing', 'struct Point', 'union Node', '', '*', 'struct']) {
    assert.equal(symbols.typeNamed(name), undefined, name);
  }
  const pointer = symbols.typeNamed('struct Node **');
  assert.ok(pointer?.kind === 'pointer' && pointer.name === 'struct Node **');
  assert.equal(concrete(pointer.target).name, 'struct Node *');
});

test('a forward declaration is completed from another unit, of another version of DWARF', () => {
  const instance = instantiate('units');
  (instance.exports.run as () => number)();
  const memory = memoryOf(instance);
  const opaque = openFixture('units')
    .globals()
    .find(({ name }) => name === 'opaque');
  const target = pointee(opaque!.read(bareFrame(memory)), memory);
  const { secret, list } = plain(target, memory) as Record<string, unknown>;
  assert.equal(secret, 77);
  assert.ok(Number(list) > 0);
  const type = concrete(target.type);
  assert.ok(type.kind === 'composite');
  const node = pointee(
    { ...target, type: type.members[1]!.type, place: { kind: 'memory', address: Number(addressOf(target)) + 4 } },
    memory,
  );
  assert.equal((plain(node, memory) as Record<string, unknown>).value, 20);
});

for (const fixture of ['shapes', 'shapes.types'])
  test(`classes, bases, references and namespaces of ${fixture}`, () => {
    const instance = instantiate(fixture);
    (instance.exports._initialize as (() => void) | undefined)?.();
    (instance.exports.run as (width: number) => number)(6);
    const memory = memoryOf(instance);
    const globals = new Map(
      openFixture(fixture)
        .globals()
        .map((variable) => [variable.name, variable]),
    );
    const read = (name: string): unknown => plain(globals.get(name)!.read(bareFrame(memory)), memory);
    assert.equal(read('geometry::unit'), 'foot');
    assert.equal(read('geometry::Named::made'), 3);
    assert.deepEqual(read('box'), { content: 7 });
    assert.equal(globals.get('box')!.type.name, 'Box<short>');
    const tile = read('geometry::tile') as Record<string, Record<string, unknown>>;
    assert.equal(tile.width, 7);
    assert.equal(tile[': geometry::Shape']?.sides, 4);
    const alias = globals.get('alias')!;
    assert.ok(alias.type.kind === 'pointer' && alias.type.flavour === 'reference');
    assert.equal(alias.type.name, 'geometry::Square &');
    assert.ok([...globals.keys()].every((name) => !name.includes('vtable')));
    const symbols = openFixture(fixture);
    assert.equal(symbols.typeNamed('geometry::Square')?.name, 'geometry::Square');
    assert.equal(symbols.typeNamed('Box<short> *')?.name, 'Box<short> *');
    assert.equal(symbols.typeNamed('Square'), undefined);
  });

function instantiate(fixture: string, look: (argument: number) => void = () => {}): WebAssembly.Instance {
  const module = new WebAssembly.Module(moduleBytes(fixture));
  return new WebAssembly.Instance(module, { test: { look, log: () => {} } });
}

function filled(fixture: string): { memory: Memory; globals: ReadonlyMap<string, Variable> } {
  const instance = instantiate(fixture);
  (instance.exports.fill as () => void)();
  const globals = new Map(
    openFixture(fixture)
      .globals()
      .map((variable) => [variable.name, variable]),
  );
  return { memory: memoryOf(instance), globals };
}

/** Statements of the calls of `look` in values.c, in order. */
function stopPlaces(fixture: string): readonly { functionIndex: number; offset: number }[] {
  const lines = sourceText('values.c').split('\n');
  return openFixture(fixture)
    .statements()
    .filter(({ line }) => /^ +look\(/.test(lines[line] ?? ''));
}

interface Stop {
  readonly kinds: readonly Scope['kind'][];
  readonly values: readonly Record<string, unknown>[];
}

/** What is in scope each time the guest calls `look`. The frame base is the stack pointer as it was before any array of variable length. */
function stopsInside(fixture: string): readonly Stop[] {
  const symbols = openFixture(fixture);
  const places = stopPlaces(fixture);
  const stops: Stop[] = [];
  let base: number | undefined;
  const instance = instantiate(fixture, (argument) => {
    const place = places[stops.length];
    assert.ok(place);
    base ??= (instance.exports.__stack_pointer as WebAssembly.Global).value as number;
    const frameBase = base;
    // One local has the frame base, the other the address of `lengths`, which the second call of `look` is given.
    const tracked = symbols.trackedLocals(place.functionIndex);
    assert.equal(tracked.length, 2);
    const memory = memoryOf(instance);
    const frame: FrameState = {
      ...bareFrame(memory),
      ...place,
      local: (index) => (index === tracked[0] ? frameBase : index === tracked[1] ? argument : undefined),
    };
    const scopes = symbols.frames(place.functionIndex, place.offset, false)[0]?.scopes ?? [];
    stops.push({
      kinds: scopes.map(({ kind }) => kind),
      values: scopes.map(({ variables }) =>
        Object.fromEntries(variables.map((variable) => [variable.name, plain(variable.read(frame), memory)])),
      ),
    });
  });
  const run = instance.exports.locals as (first: number, second: number, where: number) => number;
  const point = openFixture(fixture)
    .globals()
    .find(({ name }) => name === 'point');
  const address = addressOf(point!.read(bareFrame(memoryOf(instance))));
  run(5, 2.5, address);
  return stops;
}

function addressOf({ place }: { place: ReturnType<Variable['read']>['place'] }): number {
  assert.ok(place.kind === 'memory');
  return place.address;
}
