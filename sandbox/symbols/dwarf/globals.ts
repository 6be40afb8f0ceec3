/** File-level variables of the user's own units. */
import type { Variable } from '../model.ts';
import { Attribute, isDead, Op, Tag } from './constants.ts';
import { Cursor, createSection } from './cursor.ts';
import { Entry } from './entry.ts';
import { absolutePath, isLibraryPath } from './sourcePath.ts';
import { qualifiedName } from './typeNames.ts';
import type { Unit } from './unit.ts';
import { DwarfVariable, type Program } from './variable.ts';

export function findGlobals(program: Program): readonly Variable[] {
  const { information } = program.types;
  const variables: Variable[] = [];
  for (const unit of information.units) {
    for (const variable of information.attempt(() => globalsOf(unit, program), [])) variables.push(variable);
  }
  return variables;
}

/** Whether a unit is the toolchain's, not the user's. @throws {DwarfError} */
export function isLibraryUnit(unit: Unit): boolean {
  const { root } = unit;
  return isLibraryPath(absolutePath(root.text(Attribute.name) ?? '', undefined, root.text(Attribute.compDir)));
}

function globalsOf(unit: Unit, program: Program): readonly Variable[] {
  if (isLibraryUnit(unit)) return [];
  const variables: Variable[] = [];
  const { offsets, tags } = unit.tree;
  for (let index = 0; index < tags.length; index++) {
    if (tags[index] !== Tag.variable || !isAtFileLevel(unit, index)) continue;
    const entry = new Entry(unit, offsets[index] ?? 0);
    if (entry.name === '' || isMadeUp(entry) || !isPlaced(entry)) continue;
    variables.push(new DwarfVariable(program, entry, { name: qualifiedName(entry), owner: undefined }));
  }
  return variables;
}

/** What lies deeper is shown by no one. */
const DEEPEST_NAMESPACE = 100;

function isAtFileLevel({ tree }: Unit, index: number): boolean {
  let parent = tree.parentIndex(index);
  for (let depth = 0; tree.tags[parent] === Tag.namespace && depth < DEEPEST_NAMESPACE; depth++) {
    parent = tree.parentIndex(parent);
  }
  return tree.tags[parent] === Tag.compileUnit;
}

/** Tables of virtual functions and the like, which no source declares. */
function isMadeUp(entry: Entry): boolean {
  return entry.flag(Attribute.artificial) || entry.name.startsWith('_vtable$');
}

/** False for declarations, and for variables that the linker dropped. */
function isPlaced(entry: Entry): boolean {
  if (entry.has(Attribute.constValue)) return true;
  const location = entry.get(Attribute.location);
  if (location?.kind !== 'block') return location !== undefined;
  const cursor = new Cursor(createSection('location expression', location.bytes));
  if (cursor.done) return false;
  switch (cursor.u8()) {
    case Op.addr:
      return !isDead(cursor.address(entry.unit.addressSize));
    case Op.addrx:
    case Op.gnuAddrIndex:
      return !isDead(entry.unit.indexedAddress(cursor.uleb()));
    default:
      return true;
  }
}
