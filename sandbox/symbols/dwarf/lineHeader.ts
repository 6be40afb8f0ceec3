/** The header of a line number program (DWARF 5 §6.2.4), with its files as whole paths. */
import { Attribute, LineContent } from './constants.ts';
import type { Cursor } from './cursor.ts';
import { readForm } from './forms.ts';
import { absolutePath } from './sourcePath.ts';
import type { Unit } from './unit.ts';

export interface LineHeader {
  readonly addressSize: number;
  readonly minimumInstructionLength: number;
  readonly defaultIsStatement: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** Operand counts of the standard opcodes, by opcode. */
  readonly operandCounts: readonly number[];
  /** Paths by file number as the version counts them: DWARF 5 from 0, before from 1 (0 is empty). */
  readonly files: readonly (string | undefined)[];
}

interface FileName {
  readonly name: string;
  readonly directory: number;
}

/** `cursor` stands after the unit's length; afterwards at the program's first opcode. */
export function readLineHeader(cursor: Cursor, wide: boolean, unit: Unit): LineHeader {
  const version = cursor.u16();
  if (version < 2 || version > 5) cursor.fail(`line table version ${version} is not known`);
  const addressSize = version >= 5 ? cursor.u8() : unit.addressSize;
  if (version >= 5) cursor.skip(1);
  const headerLength = cursor.offset(wide);
  const program = cursor.position + headerLength;
  const minimumInstructionLength = cursor.u8();
  if (version >= 4) cursor.skip(1);
  const defaultIsStatement = cursor.u8() !== 0;
  const lineBase = cursor.i8();
  const lineRange = cursor.u8();
  if (lineRange === 0) cursor.fail('a line range of 0');
  const opcodeBase = cursor.u8();
  const operandCounts = [0, ...cursor.bytes(Math.max(0, opcodeBase - 1))];
  const files = version >= 5 ? readFiles(cursor, unit, version) : readOldFiles(cursor, unit);
  cursor.position = program;
  cursor.skip(0);
  return {
    addressSize,
    minimumInstructionLength,
    defaultIsStatement,
    lineBase,
    lineRange,
    opcodeBase,
    operandCounts,
    files,
  };
}

function readFiles(cursor: Cursor, unit: Unit, version: number): (string | undefined)[] {
  const context = { ...formContext(unit), version };
  const directories = readEntries(cursor, context).map((entry) => entry.name);
  const compilation = compilationDirectory(unit) ?? directories[0];
  return readEntries(cursor, context).map(({ name, directory }) =>
    absolutePath(name, directories[directory], compilation),
  );
}

function formContext(unit: Unit) {
  return {
    start: unit.start,
    wide: unit.wide,
    addressSize: unit.addressSize,
    string: (offset: number) => unit.string(offset),
    lineString: (offset: number) => unit.lineString(offset),
    indexedString: (index: number) => unit.indexedString(index),
    indexedAddress: (index: number) => unit.indexedAddress(index),
  };
}

function readEntries(cursor: Cursor, context: Parameters<typeof readForm>[2]): FileName[] {
  const formats: { content: number; form: number }[] = [];
  for (let left = cursor.u8(); left > 0; left--) formats.push({ content: cursor.uleb(), form: cursor.uleb() });
  const count = cursor.uleb();
  if (count > cursor.end - cursor.position) cursor.fail(`${count} file names do not fit`);
  const entries: FileName[] = [];
  for (let left = count; left > 0; left--) {
    let name = '';
    let directory = 0;
    for (const { content, form } of formats) {
      const value = readForm(cursor, form, context);
      if (content === LineContent.path && value.kind === 'string') name = value.value;
      if (content === LineContent.directoryIndex && value.kind === 'constant') directory = Number(value.value);
    }
    entries.push({ name, directory });
  }
  return entries;
}

/** DWARF 4 §6.2.4: names end with an empty one; directory 0 is the compilation's own. */
function readOldFiles(cursor: Cursor, unit: Unit): (string | undefined)[] {
  const compilation = compilationDirectory(unit);
  const directories: (string | undefined)[] = [compilation];
  for (let name = cursor.text(); name !== ''; name = cursor.text()) directories.push(name);
  const files: (string | undefined)[] = [undefined];
  for (let name = cursor.text(); name !== ''; name = cursor.text()) {
    files.push(absolutePath(name, directories[cursor.uleb()], compilation));
    cursor.skipLeb();
    cursor.skipLeb();
  }
  return files;
}

function compilationDirectory(unit: Unit): string | undefined {
  return unit.root.text(Attribute.compDir);
}
