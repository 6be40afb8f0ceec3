/** Modules that are small and ask for much: counts that nothing stands behind, nesting without an end, long names. */
import { ByteWriter } from '../../sandbox/wasm/byteWriter.ts';
import { concatenated, HEADER, moduleOf, type Part, sized, vector } from './moduleParts.ts';

export interface Bomb {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const TYPE = { id: 1, contents: vector([[0x60, 0, 0]]) };
const FUNCTION = { id: 3, contents: vector([[0]]) };
/** So that it is a program. */
const START = { id: 7, contents: vector([[6, 0x5f, 0x73, 0x74, 0x61, 0x72, 0x74, 0, 0]]) };
const I32 = 0x7f;
const END = 0x0b;
const BLOCK = [0x02, 0x40];

export function moduleBombs(): Bomb[] {
  return [...countBombs(), ...codeBombs(), ...sectionBombs(), ...nameBombs()].map(({ name, bytes }) => ({
    name,
    bytes,
  }));
}

/** Every section with a count of four thousand million and nothing behind it. */
function countBombs(): Bomb[] {
  const most = leb(0xffff_ffff);
  const bare = [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13].map((id) => ({
    name: `section ${id} of 4294967295 items`,
    bytes: moduleOf([{ id, contents: most }]),
  }));
  return [
    ...bare,
    { name: 'a section of 4 GiB', bytes: concatenated(HEADER, [1], most) },
    { name: 'a custom section whose name is 4 GiB long', bytes: moduleOf([{ id: 0, contents: most }]) },
    { name: 'parameters without end', bytes: moduleOf([{ id: 1, contents: concatenated([1, 0x60], most) }]) },
    { name: 'a recursive group without end', bytes: moduleOf([{ id: 1, contents: concatenated([1, 0x4e], most) }]) },
    { name: 'supertypes without end', bytes: moduleOf([{ id: 1, contents: concatenated([1, 0x50], most) }]) },
    {
      name: 'groups in groups',
      bytes: moduleOf([{ id: 1, contents: concatenated([1], repeated([0x4e, 1], 50_000)) }]),
    },
    {
      name: 'a struct that holds itself',
      bytes: moduleOf([{ id: 1, contents: vector([[0x5f, 1, 0x63, 0, 1]]) }]),
    },
    {
      name: 'a memory of 2^64 pages',
      bytes: moduleOf([{ id: 5, contents: concatenated([1, 4], repeated([0xff], 9), [1]) }]),
    },
    { name: 'a table of 2^32 entries', bytes: moduleOf([{ id: 4, contents: concatenated([1, 0x70, 0], most) }]) },
    { name: '300,000 memories', bytes: moduleOf([{ id: 5, contents: vector(copies([0, 0], 300_000)) }]) },
    { name: '300,000 tables', bytes: moduleOf([{ id: 4, contents: vector(copies([0x70, 0, 0], 300_000)) }]) },
    { name: '1,200,000 types', bytes: moduleOf([{ id: 1, contents: vector(copies([0x60, 0, 0], 1_200_000)) }]) },
    {
      name: '1,200,000 functions',
      bytes: moduleOf([
        TYPE,
        { id: 3, contents: vector(copies([0], 1_200_000)) },
        { id: 10, contents: vector(copies([2, 0, END], 1_200_000)) },
      ]),
    },
    {
      name: '300,000 globals',
      bytes: moduleOf([{ id: 6, contents: vector(copies([I32, 1, 0x41, 0, END], 300_000)) }]),
    },
    {
      name: '1,000,000 elements',
      bytes: moduleOf([
        TYPE,
        FUNCTION,
        { id: 9, contents: vector([concatenated([1, 0], leb(1_000_000), new Uint8Array(1_000_000))]) },
        code([0, END]),
      ]),
    },
    {
      name: 'elements of 18 million functions that are not there',
      bytes: moduleOf([{ id: 9, contents: vector([concatenated([1, 0], leb(3_000_000), scattered(3_000_000))]) }]),
    },
    {
      name: 'a constant expression of a million instructions',
      bytes: moduleOf([
        { id: 6, contents: vector([concatenated([I32, 0, 0x41, 0], repeated([0x41, 1, 0x6a], 1_000_000), [END])]) },
      ]),
    },
    {
      name: '1,500 parameters',
      bytes: moduleOf([{ id: 1, contents: vector([concatenated([0x60], leb(1500), repeated([I32], 1500), [0])]) }]),
    },
  ];
}

function codeBombs(): Bomb[] {
  const body = (name: string, ...pieces: readonly ArrayLike<number>[]): Bomb => ({
    name,
    bytes: moduleOf([TYPE, FUNCTION, START, code(concatenated(...pieces))]),
  });
  const deep = 100_000;
  return [
    body('blocks 100,000 deep', [0], repeated(BLOCK, deep), repeated([END], deep + 1)),
    body(
      'loops 100,000 deep that branch out',
      [0],
      repeated([0x03, 0x40], deep),
      [0x0c],
      leb(deep),
      repeated([END], deep + 1),
    ),
    body('blocks that never end', [0], repeated(BLOCK, deep)),
    body('ifs 100,000 deep', [0], repeated([0x41, 1, 0x04, 0x40], deep), repeated([END], deep + 1)),
    body('try_tables 20,000 deep', [0], repeated([0x1f, 0x40, 1, 2, 0], 20_000), repeated([END], 20_001)),
    body('a br_table of 65,520 targets', [0, 0x41, 0, 0x0e], leb(65_520), new Uint8Array(65_521), [END]),
    body('a br_table of 1,000,000 targets', [0, 0x41, 0, 0x0e], leb(1_000_000), new Uint8Array(1_000_001), [END]),
    body('a br_table of 4294967295 targets', [0, 0x41, 0, 0x0e], leb(0xffff_ffff), [0, END]),
    body('4294967295 locals', [1], leb(0xffff_ffff), [I32, END]),
    body('groups of locals that add up to more than 32 bits', [2], leb(0xffff_ffff), [I32], leb(0xffff_ffff), [
      I32,
      END,
    ]),
    body('50,000 locals', [1], leb(50_000), [I32, END]),
    body('50,000 groups of one local', leb(50_000), repeated([1, I32], 50_000), [END]),
    body('300,000 calls', [0], repeated([0x10, 0], 300_000), [END]),
    body('a body of 7.6 MB', [0], repeated([0x01], 7_600_000), [END]),
    body('a body of 8 MB', [0], repeated([0x01], 8_000_000), [END]),
    body('a body of 5 MB of calls', [0], repeated([0x10, 0], 2_500_000), [END]),
    { name: '20,000 functions with 50,000 locals each', bytes: manyFunctions(20_000, [1, ...leb(50_000), I32, END]) },
    { name: '300,000 functions that call the next', bytes: callChain(300_000) },
  ];
}

function sectionBombs(): Bomb[] {
  return [
    {
      name: '500,000 custom sections',
      bytes: concatenated(HEADER, repeated([0, 2, 1, 0x78], 500_000)),
    },
    { name: '300,000 exports', bytes: moduleOf([TYPE, FUNCTION, exportsOf(300_000), code([0, END])]) },
    { name: '300,000 imports', bytes: moduleOf([TYPE, { id: 2, contents: vector(copies([0, 0, 0, 0], 300_000)) }]) },
    { name: 'an export with a name of 50 MB', bytes: longExport(50_000_000) },
    { name: 'an export with a name of 99,999 bytes', bytes: longExport(99_999) },
  ];
}

function nameBombs(): Bomb[] {
  const named = (name: string, contents: Uint8Array): Bomb => ({
    name,
    bytes: moduleOf([TYPE, FUNCTION, START, code([0x00, 0x00, END]), { id: 0, name: 'name', contents }]),
  });
  const subsection = (id: number, contents: Uint8Array) => concatenated([id], leb(contents.length), contents);
  const many = 5_000_000;
  const entries = new ByteWriter(many * 5).unsigned(many);
  for (let index = 0; index < many; index++) entries.unsigned(index).u8(0);
  const locals = new ByteWriter().unsigned(1_000_000);
  for (let index = 0; index < 1_000_000; index++) locals.unsigned(index).u8(0);
  return [
    named('5,000,000 names for one function', subsection(1, entries.written())),
    named('names of locals of a million functions that are not there', subsection(2, locals.written())),
    named('5,000,000 names of locals of one function', subsection(2, concatenated([1, 0], entries.written()))),
    named(
      'a function name of 50 MB',
      subsection(1, concatenated([1, 0], leb(50_000_000), repeated([0x61], 50_000_000))),
    ),
    named(
      'a function name of control characters',
      subsection(1, concatenated([1, 0, 8], [0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x0a, 0x0d, 0])),
    ),
    named('a name longer than its section', subsection(1, concatenated([1, 0], leb(0xffff_fff0), [0x61]))),
  ];
}

function code(body: ArrayLike<number>): Part {
  return { id: 10, contents: vector([sized(body)]) };
}

function manyFunctions(count: number, body: readonly number[]): Uint8Array {
  return moduleOf([
    TYPE,
    { id: 3, contents: vector(copies([0], count)) },
    START,
    { id: 10, contents: vector(copies(sized(body), count)) },
  ]);
}

function callChain(count: number): Uint8Array {
  const bodies = Array.from({ length: count }, (_, index) =>
    sized(index + 1 < count ? concatenated([0, 0x10], leb(index + 1), [END]) : [0, END]),
  );
  return moduleOf([TYPE, { id: 3, contents: vector(copies([0], count)) }, START, { id: 10, contents: vector(bodies) }]);
}

function exportsOf(count: number): Part {
  const items = Array.from({ length: count }, (_, index) =>
    concatenated(new ByteWriter().name(`e${index}`).written(), [0, 0]),
  );
  return { id: 7, contents: vector(items) };
}

function longExport(length: number): Uint8Array {
  const item = concatenated(leb(length), repeated([0x61], length), [0, 0]);
  return moduleOf([TYPE, FUNCTION, { id: 7, contents: vector([item]) }, code([0, END])]);
}

/** Five-byte numbers that are all different. */
function scattered(count: number): Uint8Array {
  const out = new ByteWriter(count * 5);
  for (let index = 0; index < count; index++) out.unsigned(0x1000_0000 + index * 7);
  return out.written();
}

export function leb(value: number): Uint8Array {
  return new ByteWriter().unsigned(value).written().slice();
}

export function repeated(bytes: readonly number[], count: number): Uint8Array {
  const result = new Uint8Array(bytes.length * count);
  for (let at = 0; at < result.length; at++) result[at] = bytes[at % bytes.length] as number;
  return result;
}

function copies<T>(item: T, count: number): T[] {
  return new Array<T>(count).fill(item);
}
