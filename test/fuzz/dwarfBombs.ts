/** Debug information made by hand to hang or bloat a reader: rings, shared tables, depth, counts that nothing holds. */
import { Attribute as A, Form as F, Tag as T } from '../../sandbox/symbols/dwarf/constants.ts';
import { ByteWriter } from '../../sandbox/wasm/byteWriter.ts';
import type { Bomb } from './moduleBombs.ts';
import { leb, repeated } from './moduleBombs.ts';
import { concatenated, moduleOf, type Part, sized, vector } from './moduleParts.ts';

type Sections = Readonly<Record<string, ArrayLike<number>>>;
type Abbreviation = readonly [tag: number, children: 0 | 1, ...attributes: readonly (readonly [number, number])[]];

const BODY = 2000;
/** Where the code of the one function ends, in code offsets. */
const CODE_END = BODY;

export function dwarfBombs(): Bomb[] {
  return [...treeBombs(), ...typeBombs(), ...tableBombs(), ...lineBombs(), ...expressionBombs()];
}

function treeBombs(): Bomb[] {
  return [
    info('entries 300,000 deep', [[T.lexicalBlock, 1]], repeated([2], 300_000)),
    info(
      'namespaces 20,000 deep with 20,000 variables',
      [
        [T.namespace, 1],
        [T.variable, 0, [A.name, F.string]],
      ],
      [...repeated([2], 20_000), ...repeated([3, 0x61, 0], 20_000)],
    ),
    info(
      'blocks 5,000 deep over all the code',
      [
        [T.subprogram, 1, [A.name, F.string], [A.lowPc, F.addr], [A.highPc, F.data4]],
        [T.lexicalBlock, 1, [A.lowPc, F.addr], [A.highPc, F.data4]],
      ],
      [2, 0x66, 0, ...u32(0), ...u32(CODE_END), ...repeated([3, ...u32(0), ...u32(CODE_END)], 5000)],
    ),
    info('500,000 entries of no bytes', [[T.baseType, 0]], repeated([2], 500_000)),
    info(
      'entries of 5,000 attributes of no bytes',
      [[T.variable, 0, ...Array.from({ length: 5000 }, () => [A.external, F.flagPresent] as const)]],
      repeated([2], 200_000),
    ),
    info(
      'an origin that is itself',
      [[T.subprogram, 0, [A.abstractOrigin, F.ref4], [A.lowPc, F.addr], [A.highPc, F.data4]]],
      [2, ...u32(FIRST), ...u32(0), ...u32(CODE_END)],
    ),
    info(
      'two specifications of each other',
      [[T.subprogram, 0, [A.specification, F.ref4], [A.lowPc, F.addr], [A.highPc, F.data4]]],
      [2, ...u32(FIRST + 13), ...u32(0), ...u32(CODE_END), 2, ...u32(FIRST), ...u32(0), ...u32(CODE_END)],
    ),
    info(
      'indirect forms in a row',
      [[T.variable, 0, [A.name, F.indirect]]],
      [2, ...repeated([F.indirect], 100_000), F.string, 0],
    ),
    info(
      'a name of 1 MB for each of 20,000 variables',
      [[T.variable, 0, [A.name, F.strp], [A.type, F.ref4], [A.location, F.exprloc]]],
      repeated([2, ...u32(0), ...u32(FIRST), 5, 3, ...u32(1024)], 20_000),
      { '.debug_str': [...repeated([0x61], 1_000_000), 0] },
    ),
    info('names without a final zero', [[T.variable, 0, [A.name, F.string]]], [2, ...repeated([0x61], 500_000)]),
    info('a block of 4 GiB', [[T.variable, 0, [A.location, F.block4]]], [2, ...u32(0xffff_ffff)]),
    info(
      'names of control characters',
      [[T.variable, 0, [A.name, F.string], [A.location, F.exprloc]]],
      [2, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x0a, 0, 5, 3, ...u32(1024)],
    ),
    units('40,000 units of one table of abbreviations each', 40_000, (index) => index),
    units('40,000 units of one line table', 40_000, () => 0),
  ];
}

function typeBombs(): Bomb[] {
  const variable: Abbreviation = [T.variable, 0, [A.name, F.string], [A.type, F.ref4], [A.location, F.exprloc]];
  /** A variable of the type that comes next, and the types. */
  const typed = (name: string, abbreviations: readonly Abbreviation[], types: readonly number[]): Bomb =>
    info(name, [variable, ...abbreviations], [2, 0x76, 0, ...u32(FIRST + VARIABLE), 5, 3, ...u32(1024), ...types]);
  const own = FIRST + VARIABLE;
  const many = 20_000;
  return [
    typed('a typedef of itself', [[T.typedef, 0, [A.type, F.ref4]]], [3, ...u32(own)]),
    typed('two constants of each other', [[T.constType, 0, [A.type, F.ref4]]], [3, ...u32(own + 5), 3, ...u32(own)]),
    typed('20,000 typedefs in a row', [[T.typedef, 0, [A.type, F.ref4]]], chain(many, own)),
    typed('20,000 pointers in a row', [[T.pointerType, 0, [A.type, F.ref4]]], chain(many, own)),
    typed('20,000 arrays in a row', [[T.arrayType, 0, [A.type, F.ref4]]], chain(many, own)),
    typed(
      'an array of itself',
      [
        [T.arrayType, 1, [A.type, F.ref4]],
        [T.subrangeType, 0, [A.count, F.data4]],
      ],
      [3, ...u32(own), 4, ...u32(4), 0],
    ),
    typed(
      'an array of 100,000 dimensions',
      [
        [T.arrayType, 1, [A.type, F.ref4]],
        [T.subrangeType, 0, [A.count, F.data1]],
      ],
      [3, ...u32(own), ...repeated([4, 1], 100_000), 0],
    ),
    typed(
      'an array of 2^64 elements',
      [
        [T.arrayType, 1, [A.type, F.ref4]],
        [T.subrangeType, 0, [A.count, F.data8]],
        [T.baseType, 0, [A.byteSize, F.data8]],
      ],
      [3, ...u32(own + 15), 4, ...repeated([0xff], 8), 0, 5, ...repeated([0xff], 8)],
    ),
    typed(
      'a struct that holds itself',
      [
        [T.structureType, 1, [A.byteSize, F.data1]],
        [T.member, 0, [A.type, F.ref4]],
      ],
      [3, 4, ...repeated([4, ...u32(own)], 20), 0],
    ),
    typed(
      'a struct that inherits itself',
      [
        [T.structureType, 1, [A.byteSize, F.data1]],
        [T.inheritance, 0, [A.type, F.ref4]],
      ],
      [3, 4, ...repeated([4, ...u32(own)], 20), 0],
    ),
    typed(
      'a struct of 50,000 members without a name',
      [
        [T.structureType, 1, [A.byteSize, F.data1]],
        [T.member, 0, [A.type, F.ref4]],
        [T.unionType, 1, [A.byteSize, F.data1]],
      ],
      [
        3,
        4,
        ...repeated([4, ...u32(own + 2 + 50_000 * 5 + 1)], 50_000),
        0,
        5,
        4,
        ...repeated([4, ...u32(own + 2 + 50_000 * 5 + 1)], 1000),
        0,
      ],
    ),
    typed(
      'structs in structs by the power of two',
      [
        [T.structureType, 1, [A.byteSize, F.data1]],
        [T.member, 0, [A.type, F.ref4]],
      ],
      doubling(own, 60),
    ),
    typed(
      'an enumeration of 2^40 bytes',
      [
        [T.enumerationType, 1, [A.byteSize, F.data8]],
        [T.enumerator, 0, [A.name, F.string], [A.constValue, F.sdata]],
      ],
      [3, 0, 0, 0, 0, 0, 1, 0, 0, 4, 0x61, 0, 0x7f, 0],
    ),
    typed(
      'a bit-field of 2^32 bits',
      [
        [T.structureType, 1, [A.byteSize, F.data1]],
        [T.member, 0, [A.name, F.string], [A.type, F.ref4], [A.bitSize, F.data8], [A.dataBitOffset, F.data8]],
        [T.baseType, 0, [A.byteSize, F.data1], [A.encoding, F.data1]],
      ],
      [3, 4, 4, 0x62, 0, ...u32(own + 2 + 23 + 1), ...repeated([0xff], 16), 0, 5, 4, 5],
    ),
    typed('a number of 255 bytes', [[T.baseType, 0, [A.byteSize, F.data1], [A.encoding, F.data1]]], [3, 255, 7]),
    typed(
      'a function type of itself',
      [
        [T.pointerType, 0, [A.type, F.ref4]],
        [T.subroutineType, 1, [A.type, F.ref4]],
        [T.formalParameter, 0, [A.type, F.ref4]],
      ],
      [3, ...u32(own + 5), 4, ...u32(own), ...repeated([5, ...u32(own)], 100), 0],
    ),
  ];
}

function tableBombs(): Bomb[] {
  const functions: Abbreviation = [T.subprogram, 0, [A.name, F.string], [A.ranges, F.secOffset]];
  const variables: Abbreviation = [T.variable, 0, [A.name, F.string], [A.location, F.secOffset]];
  const pairs = repeated([...u32(0), ...u32(CODE_END)], 60_000);
  const locations = repeated([...u32(0), ...u32(CODE_END), 1, 0, 0x30], 50_000);
  return [
    info('20,000 functions of the same 60,000 ranges', [functions], repeated([2, 0x66, 0, ...u32(0)], 20_000), {
      '.debug_ranges': [...pairs, ...u32(0), ...u32(0)],
    }),
    info('20,000 functions whose ranges begin further in each time', [functions], countedEntries(20_000, 8), {
      '.debug_ranges': [...pairs, ...u32(0), ...u32(0)],
    }),
    info('ranges without an end', [functions], [2, 0x66, 0, ...u32(0)], { '.debug_ranges': pairs }),
    info(
      '20,000 variables of the same 50,000 locations',
      [[T.subprogram, 1, [A.name, F.string], [A.lowPc, F.addr], [A.highPc, F.data4]], variables],
      [2, 0x66, 0, ...u32(0), ...u32(CODE_END), ...repeated([3, 0x76, 0, ...u32(0)], 20_000)],
      { '.debug_loc': [...locations, ...u32(0), ...u32(0)] },
    ),
    info('abbreviations without an end', [], [], { '.debug_abbrev': repeated([1, 0x11, 0, 3, 8], 200_000) }),
    info('an abbreviation of 500,000 attributes', [], [1], {
      '.debug_abbrev': [1, 0x11, 1, ...repeated([3, 8], 500_000), 0, 0, 0],
    }),
    wideUnit('a unit of 2^64 bytes', repeated([0xff], 8)),
    wideUnit('a unit of 2^53 bytes', [0, 0, 0, 0, 0, 0, 0x20, 0]),
    bare('a header cut off', { '.debug_info': [0x20, 0, 0], '.debug_line': [0] }),
    bare('200,000 units of nothing', { '.debug_info': repeated([0, 0, 0, 0], 200_000), '.debug_line': [0] }),
  ];
}

function lineBombs(): Bomb[] {
  const rows = (name: string, program: ArrayLike<number>, header: Partial<LineHeader> = {}): Bomb =>
    info(name, [], [], { '.debug_line': lineTable(program, header) });
  const sequence = [0, 1, 1];
  return [
    rows('a line range of 0', [0x20, ...sequence], { lineRange: 0 }),
    rows('an opcode base of 0', [0x20, ...sequence], { opcodeBase: 0 }),
    rows('an opcode base of 255', [0x20, ...sequence], { opcodeBase: 255 }),
    rows('1,000,000 rows at one address', [...repeated([1], 1_000_000), 2, ...leb(CODE_END), ...sequence]),
    rows('1,000,000 rows of two lines in turn', [
      ...repeated([3, 1, 1, 3, 0x7f, 1], 300_000),
      2,
      ...leb(CODE_END),
      ...sequence,
    ]),
    rows('two lines in turn, a byte each', [...repeated([2, 1, 3, 1, 1, 2, 1, 3, 0x7f, 1], BODY / 2), ...sequence]),
    rows('addresses that go beyond everything', [
      ...repeated([2, ...repeated([0xff], 8), 0x7f, 1], 10_000),
      ...sequence,
    ]),
    rows(
      '200,000 sequences over all the code',
      repeated([0, 5, 2, ...u32(0), 1, 2, ...leb(CODE_END), ...sequence], 200_000),
    ),
    rows('an extended operation of 2^60 bytes', [0, ...repeated([0xff], 8), 0x0f, 1]),
    rows('lines below zero', [3, 0x80, 0x80, 0x80, 0x80, 0x78, 1, 2, 1, 1, 2, 9, ...sequence]),
    rows('300,000 files', [1, ...sequence], { files: repeated([0x61, 0, 0, 0, 0], 300_000) }),
    rows('a file name of 5 MB', [1, ...sequence], { files: [...repeated([0x2e, 0x2e, 0x2f], 1_700_000), 0, 0, 0, 0] }),
  ];
}

function expressionBombs(): Bomb[] {
  const located = (name: string, expression: readonly number[]): Bomb =>
    info(
      name,
      [
        [T.variable, 0, [A.name, F.string], [A.type, F.ref4], [A.location, F.exprloc]],
        [T.baseType, 0, [A.byteSize, F.data1], [A.encoding, F.data1]],
      ],
      [
        2,
        0x76,
        0,
        ...u32(FIRST + 7 + leb(expression.length).length + expression.length),
        ...leb(expression.length),
        ...expression,
        3,
        4,
        5,
      ],
    );
  return [
    located('a jump to itself', [0x03, ...u32(1024), 0x2f, 0xfd, 0xff]),
    located('a branch that is always taken', [0x31, 0x28, 0xfc, 0xff]),
    located('a loop that fills the stack', [0x31, 0x12, 0x2f, 0xfc, 0xff]),
    located('a loop that doubles a number', [0x08, 255, 0x12, 0x1e, 0x2f, 0xfb, 0xff]),
    located('shifts by all there is', [0x31, 0x0c, ...u32(0xffff_ffff), 0x24]),
    located('division by zero', [0x31, 0x30, 0x1b]),
    located('a jump out of the expression', [0x2f, 0xff, 0x7f]),
    located('a million pieces', [...repeated([0x31, 0x9f, 0x93, 1], 100_000)]),
    located('a piece of 2^60 bytes', [0x31, 0x9f, 0x93, ...repeated([0xff], 8), 0x0f]),
    located('locals by the hundred thousand', [...repeated([0xed, 0, 0xff, 0x7f, 0x9f], 100_000)]),
    located('a base of its own frame', [0x91, 0]),
    located('an entry value of an entry value', [...repeated([0xa3, 0x7f], 1000)]),
  ];
}

const HEADER = 11;
/** The unit's own entry has a line table, a name and code. */
const ROOT: Abbreviation = [
  T.compileUnit,
  1,
  [A.stmtList, F.secOffset],
  [A.name, F.string],
  [A.lowPc, F.addr],
  [A.highPc, F.data4],
];
const ROOT_ENTRY = [1, ...u32(0), 0x61, 0, ...u32(0), ...u32(CODE_END)];
/** Of the first entry after the unit's own. */
const FIRST = HEADER + ROOT_ENTRY.length;
/** Bytes of the variable that `typed` puts first. */
const VARIABLE = 13;

function info(
  name: string,
  abbreviations: readonly Abbreviation[],
  entries: ArrayLike<number>,
  more: Sections = {},
): Bomb {
  const body = concatenated([4, 0], u32(0), [4], ROOT_ENTRY, entries, [0]);
  return bare(name, {
    '.debug_info': concatenated(u32(body.length), body),
    '.debug_abbrev': abbreviationTable([ROOT, ...abbreviations]),
    '.debug_line': lineTable([1, 2, ...leb(CODE_END), 0, 1, 1]),
    ...more,
  });
}

/** Each with its own offset into a long table of abbreviations. */
function units(name: string, count: number, abbreviations: (index: number) => number): Bomb {
  const out = new ByteWriter(count * 40);
  for (let index = 0; index < count; index++) {
    const body = concatenated([4, 0], u32(abbreviations(index) * 7), [4], [1, ...u32(0)]);
    out.raw(u32(body.length)).raw(body);
  }
  const table = concatenated(repeated([1, 0x11, 0, A.stmtList, F.secOffset, 0, 0], 60_000), [0]);
  return bare(name, {
    '.debug_info': out.written(),
    '.debug_abbrev': table,
    '.debug_line': lineTable([1, 2, ...leb(CODE_END), 0, 1, 1]),
  });
}

function wideUnit(name: string, length: ArrayLike<number>): Bomb {
  return bare(name, {
    '.debug_info': concatenated(u32(0xffff_ffff), length, [4, 0], repeated([0], 40)),
    '.debug_line': [0],
  });
}

function bare(name: string, sections: Sections): Bomb {
  const body = sized([0, ...repeated([0x01], BODY - 6), 0x0b]);
  const parts: Part[] = [
    { id: 1, contents: vector([[0x60, 0, 0]]) },
    { id: 3, contents: vector([[0]]) },
    { id: 10, contents: vector([body]) },
    ...Object.entries(sections).map(([section, contents]) => ({
      id: 0,
      name: section,
      contents: Uint8Array.from(contents),
    })),
  ];
  return { name, bytes: moduleOf(parts) };
}

function abbreviationTable(abbreviations: readonly Abbreviation[]): Uint8Array {
  const out = new ByteWriter();
  abbreviations.forEach(([tag, children, ...attributes], index) => {
    out
      .unsigned(index + 1)
      .unsigned(tag)
      .u8(children);
    for (const [attribute, form] of attributes) out.unsigned(attribute).unsigned(form);
    out.raw([0, 0]);
  });
  return out.u8(0).written().slice();
}

interface LineHeader {
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly files: ArrayLike<number>;
}

function lineTable(program: ArrayLike<number>, header: Partial<LineHeader> = {}): Uint8Array {
  const { lineRange = 14, opcodeBase = 13, files = [0x61, 0, 0, 0, 0] } = header;
  const counts = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
  const lengths = Array.from({ length: Math.max(0, opcodeBase - 1) }, (_, index) => counts[index] ?? 0);
  const rest = concatenated([1, 1, 1, 0xfb, lineRange, opcodeBase], lengths, [0], files, [0]);
  const body = concatenated([4, 0], u32(rest.length), rest, program);
  return concatenated(u32(body.length), body);
}

/** Types of abbreviation 3, each of the next one; the last one's is itself. */
function chain(count: number, first: number): number[] {
  return Array.from({ length: count }, (_, index) => [3, ...u32(first + 5 * Math.min(index + 1, count - 1))]).flat();
}

/** Each with two members without a name of the next one. */
function doubling(first: number, count: number): number[] {
  const size = 2 + 2 * 5 + 1;
  return Array.from({ length: count }, (_, index) => {
    const next = u32(first + size * Math.min(index + 1, count - 1));
    return index + 1 < count ? [3, 4, 4, ...next, 4, ...next, 0] : [3, 4, 0];
  }).flat();
}

function countedEntries(count: number, step: number): Uint8Array {
  const out = new ByteWriter(count * 7);
  for (let index = 0; index < count; index++) out.raw([2, 0x66, 0, ...u32(index * step)]);
  return out.written();
}

function u32(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}
