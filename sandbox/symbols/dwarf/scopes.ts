/** The frames at an address, inlined ones too, and the variables of their scopes. */
import type { Scope, SourceFrame, SourceLocation, Variable } from '../model.ts';
import { Attribute, Tag } from './constants.ts';
import type { Entry } from './entry.ts';
import { scopesAt } from './functionIndex.ts';
import { qualifiedName } from './typeNames.ts';
import { DwarfVariable, type Program } from './variable.ts';

export interface FrameContext {
  readonly program: Program;
  /** Of a file number in the unit's line table. Lines and columns as DWARF has them, 1-based. */
  locate(file: number, line: number, column: number): SourceLocation | undefined;
}

/** `owner`: the function, `innermost`: the place in its code. Innermost frame first. @throws {DwarfError} */
export function framesAt(
  owner: Entry,
  address: number,
  innermost: SourceLocation | undefined,
  context: FrameContext,
): readonly SourceFrame[] {
  const frames: SourceFrame[] = [];
  let location = innermost;
  let blocks: Entry[] = [];
  for (const scope of scopesAt(owner, address).toReversed()) {
    if (scope.tag === Tag.lexicalBlock) {
      blocks.push(scope);
      continue;
    }
    const inlined = scope.tag === Tag.inlinedSubroutine;
    const place = location ?? declarationOf(scope, context);
    frames.push({
      name: qualifiedName(scope),
      inlined,
      location: place,
      scopes: scopesOf(scope, blocks, { owner, context }),
    });
    blocks = [];
    if (inlined) location = callSite(scope, context);
  }
  return frames;
}

/** For code that belongs to no line, as optimisers make it: the line is not known, but the function is. */
function declarationOf(scope: Entry, context: FrameContext): SourceLocation | undefined {
  const holder = scope.holderOf(Attribute.declLine);
  const file = holder?.number(Attribute.declFile);
  const line = holder?.number(Attribute.declLine);
  // File numbers are the holder's unit's own; in other units they mean other files.
  if (file === undefined || line === undefined || holder?.unit !== scope.unit) return undefined;
  return context.locate(file, line, 0);
}

function callSite(inlined: Entry, context: FrameContext): SourceLocation | undefined {
  const file = inlined.number(Attribute.callFile);
  const line = inlined.number(Attribute.callLine);
  if (file === undefined || line === undefined) return undefined;
  return context.locate(file, line, inlined.number(Attribute.callColumn) ?? 0);
}

interface Owned {
  /** The function with code of its own, whose frame base counts. */
  readonly owner: Entry;
  readonly context: FrameContext;
}

function scopesOf(frame: Entry, blocks: readonly Entry[], owned: Owned): readonly Scope[] {
  const scopes: Scope[] = [];
  const add = (kind: Scope['kind'], entry: Entry, tag: number): void => {
    const { information } = entry.unit;
    const variables = information.attempt(() => variablesOf(entry, tag, owned), []);
    if (variables.length > 0) scopes.push({ kind, variables });
  };
  for (const block of blocks) add('block', block, Tag.variable);
  add('locals', frame, Tag.variable);
  add('arguments', frame, Tag.formalParameter);
  return scopes;
}

function variablesOf(scope: Entry, tag: number, { owner, context }: Owned): readonly Variable[] {
  return (
    declaredIn(scope)
      .filter((entry) => entry.tag === tag && isShown(entry))
      .map((entry) => ({ entry, line: entry.holderOf(Attribute.declLine)?.number(Attribute.declLine) ?? 0 }))
      // clang puts static variables before all others.
      .sort((a, b) => (tag === Tag.variable ? a.line - b.line : 0))
      .map(({ entry }) => new DwarfVariable(context.program, entry, { name: entry.name, owner }))
  );
}

/** Helpers of the compiler (lengths of arrays) and `extern` declarations have no value of their own to show; `this` has. */
function isShown(entry: Entry): boolean {
  if (entry.name === '') return false;
  if (entry.tag === Tag.formalParameter) return true;
  const helper = entry.holderOf(Attribute.artificial)?.flag(Attribute.artificial) ?? false;
  return !helper && !entry.flag(Attribute.declaration);
}

/**
 * Children in the order of the file. Those of an inlined or split function's abstract form that its instance
 * lacks were optimized out, but were declared: they are shown too.
 */
function declaredIn(scope: Entry): readonly Entry[] {
  const own = [...scope.children()];
  const abstract = scope.reference(Attribute.abstractOrigin);
  if (abstract === undefined) return own;
  const byOrigin = new Map<number, Entry>();
  for (const child of own) {
    const origin = child.reference(Attribute.abstractOrigin);
    if (origin !== undefined) byOrigin.set(origin.offset, child);
  }
  const declared = [...abstract.children()].map((child) => byOrigin.get(child.offset) ?? child);
  return [...declared, ...own.filter((child) => !child.has(Attribute.abstractOrigin))];
}
