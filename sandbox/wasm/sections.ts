/**
 * Reads the sections of a module one after the other (WebAssembly 3.0 §5.5). What has an index is gathered here; contents
 * of code, data and custom sections stay where they are.
 */
import { ByteReader } from './byteReader.ts';
import { readConstantExpression } from './instructions.ts';
import { LIMITS } from './limits.ts';
import type {
  Export,
  ExternalKind,
  FunctionBody,
  Global,
  Import,
  Limits,
  LocalGroup,
  Memory,
  Module,
  Section,
  Table,
  Tag,
  TypeDefinition,
  WasmFunction,
} from './module.ts';
import { readTypes } from './typeSection.ts';
import { readReferenceType, readValueType } from './valueType.ts';

export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

/** The order in which sections must come (custom ones anywhere). */
export const SECTION_ORDER: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const VERSION = [1, 0, 0, 0];

interface Draft {
  sections: Section[];
  types: TypeDefinition[];
  imports: Import[];
  importedTypes: number[];
  functionTypes: number[];
  bodies: FunctionBody[];
  tables: Table[];
  memories: Memory[];
  globals: Global[];
  tags: Tag[];
  exports: Export[];
  start: number | undefined;
  elementCount: number;
  dataCount: number;
  referencedFunctions: Set<number>;
  codeStart: number;
}

export function readSections(reader: ByteReader): Module {
  readHeader(reader);
  const draft: Draft = {
    sections: [],
    types: [],
    imports: [],
    importedTypes: [],
    functionTypes: [],
    bodies: [],
    tables: [],
    memories: [],
    globals: [],
    tags: [],
    exports: [],
    start: undefined,
    elementCount: 0,
    dataCount: 0,
    referencedFunctions: new Set(),
    codeStart: 0,
  };
  let rank = -1;
  while (!reader.atEnd) {
    const header = reader.position;
    const id = reader.u8();
    if (id !== SECTION.custom) {
      const at = SECTION_ORDER.indexOf(id);
      if (at < 0) reader.fail(`unknown section ${id}`, header);
      if (at <= rank) reader.fail(`section ${id} is out of order or given twice`, header);
      rank = at;
    }
    readSection(reader, id, header, draft);
  }
  return finish(reader, draft);
}

function readHeader(reader: ByteReader): void {
  const { length } = reader.bytes;
  if (length > LIMITS.moduleBytes) reader.fail(`${length} bytes, more than the ${LIMITS.moduleBytes} that can run`, 0);
  if (MAGIC.some((byte) => reader.atEnd || reader.u8() !== byte)) reader.fail('not a WebAssembly module', 0);
  if (VERSION.some((byte) => reader.atEnd || reader.u8() !== byte)) {
    reader.fail('not a core module of version 1 (components are not supported)', 4);
  }
}

function readSection(reader: ByteReader, id: number, header: number, draft: Draft): void {
  const size = reader.u32();
  const contents = reader.position;
  reader.skip(size);
  const inside = new ByteReader(reader.bytes, contents, reader.position);
  const name = id === SECTION.custom ? inside.name() : undefined;
  draft.sections.push({ id, name, header, start: inside.position, end: reader.position });
  const read = contentReaders[id];
  if (!read) return;
  read(inside, draft);
  if (!inside.atEnd) inside.fail(`section ${id} is longer than its contents`);
}

const contentReaders: Readonly<Record<number, (reader: ByteReader, draft: Draft) => void>> = {
  [SECTION.type]: (reader, draft) => {
    draft.types = readTypes(reader);
  },
  [SECTION.import]: readImports,
  [SECTION.function]: (reader, draft) => {
    each(reader, ['functions', LIMITS.functions], () => draft.functionTypes.push(reader.u32()));
  },
  [SECTION.table]: (reader, draft) => {
    each(reader, ['tables', LIMITS.tables], () => draft.tables.push(readTable(reader, draft, false)));
  },
  [SECTION.memory]: (reader, draft) => {
    each(reader, ['memories', LIMITS.memories], () => draft.memories.push({ ...readLimits(reader), imported: false }));
  },
  [SECTION.tag]: (reader, draft) => {
    each(reader, ['tags', LIMITS.tags], () => draft.tags.push(readTag(reader, false)));
  },
  [SECTION.global]: (reader, draft) => {
    each(reader, ['globals', LIMITS.globals], () => {
      draft.globals.push(readGlobal(reader, false));
      readExpression(reader, draft);
    });
  },
  [SECTION.export]: (reader, draft) => {
    each(reader, ['exports', LIMITS.exports], () => {
      draft.exports.push({ name: reader.name(), kind: readExternalKind(reader), index: reader.u32() });
    });
  },
  [SECTION.start]: (reader, draft) => {
    draft.start = reader.u32();
  },
  [SECTION.element]: readElements,
  [SECTION.dataCount]: (reader) => {
    reader.u32();
  },
  [SECTION.code]: readBodies,
  [SECTION.data]: readData,
};

/** A vector whose items `read` takes. */
function each(reader: ByteReader, [what, most]: readonly [string, number], read: () => void): number {
  const count = reader.count(what, most);
  for (let i = 0; i < count; i++) read();
  return count;
}

function readImports(reader: ByteReader, draft: Draft): void {
  const counts: Record<ExternalKind, number> = { function: 0, table: 0, memory: 0, global: 0, tag: 0 };
  each(reader, ['imports', LIMITS.imports], () => {
    const module = reader.name();
    const name = reader.name();
    const kind = readExternalKind(reader);
    draft.imports.push({ module, name, kind, index: counts[kind]++ });
    if (kind === 'function') draft.importedTypes.push(reader.u32());
    else if (kind === 'table') draft.tables.push(readTable(reader, draft, true));
    else if (kind === 'memory') draft.memories.push({ ...readLimits(reader), imported: true });
    else if (kind === 'global') draft.globals.push(readGlobal(reader, true));
    else draft.tags.push(readTag(reader, true));
  });
}

const externalKinds: readonly ExternalKind[] = ['function', 'table', 'memory', 'global', 'tag'];

function readExternalKind(reader: ByteReader): ExternalKind {
  const kind = externalKinds[reader.u8()];
  return kind ?? reader.fail('unknown kind of import or export', reader.position - 1);
}

function readLimits(reader: ByteReader): Limits {
  const at = reader.position;
  const flags = reader.u8();
  if (flags > 7) reader.fail('unknown flags of limits', at);
  const is64 = (flags & 4) !== 0;
  const minimum = is64 ? reader.u64() : reader.u32();
  const maximum = flags & 1 ? (is64 ? reader.u64() : reader.u32()) : undefined;
  return { minimum, maximum, shared: (flags & 2) !== 0, is64, at, end: reader.position };
}

/** `0x40 0x00` announces an initialiser, which only defined tables can have. */
function readTable(reader: ByteReader, draft: Draft, imported: boolean): Table {
  const initialised = !imported && reader.peek() === 0x40;
  if (initialised) {
    reader.u8();
    if (reader.u8() !== 0) reader.fail('unknown kind of table', reader.position - 1);
  }
  const type = readReferenceType(reader);
  const table: Table = { ...readLimits(reader), type, imported };
  if (initialised) readExpression(reader, draft);
  return table;
}

function readGlobal(reader: ByteReader, imported: boolean): Global {
  const type = readValueType(reader);
  const mutability = reader.u8();
  if (mutability > 1) reader.fail('unknown mutability', reader.position - 1);
  return { type, mutable: mutability === 1, imported };
}

function readTag(reader: ByteReader, imported: boolean): Tag {
  const at = reader.position;
  if (reader.u32() !== 0) reader.fail('unknown kind of tag', at);
  return { typeIndex: reader.u32(), imported };
}

function readExpression(reader: ByteReader, draft: Draft): void {
  for (const index of readConstantExpression(reader)) addReference(reader, draft, index);
}

/** Imports and declarations come before whatever refers to a function. */
function addReference(reader: ByteReader, draft: Draft, index: number): void {
  const functions = draft.importedTypes.length + draft.functionTypes.length;
  if (index >= functions) reader.fail(`function ${index} is referred to, but there are ${functions}`);
  draft.referencedFunctions.add(index);
}

/**
 * The flags say: bit 0 passive or declarative, bit 1 explicit table (or declarative), bit 2 expressions instead of
 * indices.
 */
function readElements(reader: ByteReader, draft: Draft): void {
  draft.elementCount = each(reader, ['element segments', LIMITS.elementSegments], () => {
    const at = reader.position;
    const flags = reader.u32();
    if (flags > 7) reader.fail('unknown kind of element segment', at);
    const active = (flags & 1) === 0;
    if (active && flags & 2) reader.u32();
    if (active) readExpression(reader, draft);
    const expressions = (flags & 4) !== 0;
    if (flags & 3) {
      if (expressions) readReferenceType(reader);
      else if (reader.u8() !== 0) reader.fail('unknown kind of element', reader.position - 1);
    }
    each(reader, ['elements', LIMITS.elements], () => {
      if (expressions) readExpression(reader, draft);
      else addReference(reader, draft, reader.u32());
    });
  });
}

function readData(reader: ByteReader, draft: Draft): void {
  draft.dataCount = each(reader, ['data segments', LIMITS.dataSegments], () => {
    const at = reader.position;
    const flags = reader.u32();
    if (flags > 2) reader.fail('unknown kind of data segment', at);
    if (flags === 2) reader.u32();
    if (flags !== 1) readExpression(reader, draft);
    reader.skip(reader.u32());
  });
}

function readBodies(reader: ByteReader, draft: Draft): void {
  const codeStart = reader.position;
  draft.codeStart = codeStart;
  each(reader, ['function bodies', LIMITS.functions], () => {
    const size = reader.count('bytes of a function body', LIMITS.bodyBytes);
    const start = reader.position;
    reader.skip(size);
    const inside = new ByteReader(reader.bytes, start, reader.position);
    const localGroups = readLocalGroups(inside);
    if (inside.atEnd) inside.fail('function body has no end');
    draft.bodies.push({
      start: start - codeStart,
      bodyStart: inside.position - codeStart,
      end: reader.position - codeStart,
      localGroups,
    });
  });
}

const noGroups: readonly LocalGroup[] = [];

function readLocalGroups(reader: ByteReader): readonly LocalGroup[] {
  const at = reader.position;
  const count = reader.count('groups of locals');
  if (count === 0) return noGroups;
  const groups: LocalGroup[] = [];
  let total = 0;
  for (let i = 0; i < count; i++) {
    const group = { count: reader.u32(), type: readValueType(reader) };
    total += group.count;
    if (total > LIMITS.locals) reader.fail(`more than the ${LIMITS.locals} locals that can run`, at);
    groups.push(group);
  }
  return groups;
}

function finish(reader: ByteReader, draft: Draft): Module {
  const { importedTypes, functionTypes, bodies, ...rest } = draft;
  if (functionTypes.length !== bodies.length) {
    reader.fail(`${functionTypes.length} functions are declared, but ${bodies.length} have a body`);
  }
  const typeIndices = [...importedTypes, ...functionTypes];
  const functions: WasmFunction[] = typeIndices.map((typeIndex, index) => {
    const type = draft.types[typeIndex];
    if (type?.kind !== 'func') return reader.fail(`function ${index} has no function type`);
    const body = bodies[index - importedTypes.length];
    return { index, typeIndex, params: type.params, results: type.results, body };
  });
  return { bytes: reader.bytes, ...rest, functions };
}
