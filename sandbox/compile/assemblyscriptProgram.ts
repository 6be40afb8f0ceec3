/**
 * Reads what debugging needs out of the AssemblyScript compiler's program, after it compiled: locals and
 * their types, layouts of classes, globals and enums.
 */
import type { AssemblyScriptClass, AssemblyScriptFunction, AssemblyScriptProgram } from './artifact.ts';
import type { LocalConstant, LocalOrigins } from './assemblyscriptScopes.ts';
import { localNames } from './wasmSections.ts';

/** The parts of the compiler's `Program` that are read here; its own declarations pull in the whole compiler. */
export interface CompiledProgram {
  readonly filesByName: ReadonlyMap<string, CompiledFile>;
  readonly elementsByName: ReadonlyMap<string, Element>;
  readonly instancesByName: ReadonlyMap<string, Element>;
  readonly managedClasses: ReadonlyMap<number, ClassElement>;
}

interface Element {
  readonly kind: number;
  readonly name: string;
  readonly internalName: string;
  readonly flags: number;
  readonly members: ReadonlyMap<string, Element> | null;
  readonly file: CompiledFile;
}

interface CompiledFile {
  readonly internalName: string;
  readonly source: SourceFile;
  readonly startFunction: FunctionElement;
}

export interface SourceFile {
  readonly normalizedPath: string;
  readonly text: string;
  lineAt(position: number): number;
}

interface Type {
  toString(): string;
}

interface FunctionElement extends Element {
  readonly localsByIndex: readonly LocalElement[];
  readonly signature: { readonly parameterTypes: readonly Type[]; readonly thisType: Type | null };
  readonly prototype: { readonly declaration: Node };
  readonly varargsStub: FunctionElement | null;
  readonly overrideStub: FunctionElement | null;
  readonly ref: number;
}

export interface LocalElement {
  readonly index: number;
  readonly name: string;
  readonly type: Type;
  readonly declaration: Node;
}

interface ClassElement extends Element {
  readonly id: number;
  readonly base: ClassElement | null;
  readonly typeArguments: readonly Type[] | null;
  readonly nextMemoryOffset: number;
  readonly type: { readonly isManaged: boolean };
}

export interface VariableElement extends Element {
  readonly type: Type;
  readonly constantValueKind: number;
  readonly constantIntegerValue: { toString(): string };
  readonly constantFloatValue: number;
}

interface EnumValueElement extends VariableElement {
  readonly valueNode: Node | null;
}

interface PropertyPrototype extends Element {
  readonly instance?: PropertyElement | null;
}

interface PropertyElement extends Element {
  readonly type: Type;
  readonly memoryOffset: number;
  readonly isField: boolean;
}

export interface Node {
  readonly kind: number;
  readonly range: Range;
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly source: SourceFile;
}

/** `ElementKind` and `CommonFlags` of the compiler. */
const kinds = { global: 0, enum: 2, enumValue: 3, function: 5, class: 7 } as const;
const flags = { compiled: 0x800000, inlined: 0x2000000 } as const;

/** Describes what is in `wasm`, the module that came of `program`. */
export function describeProgram(
  program: CompiledProgram,
  origins: LocalOrigins,
  wasm: Uint8Array,
): AssemblyScriptProgram {
  const names = localNames(wasm);
  return {
    functions: compiledFunctions(program).flatMap((element) => {
      const indices = names.get(element.internalName);
      return indices === undefined ? [] : [describeFunction(element, origins, indices)];
    }),
    classes: compiledClasses(program).map(describeClass),
    globals: describeGlobals(program),
    enums: describeEnums(program),
  };
}

function compiledFunctions(program: CompiledProgram): FunctionElement[] {
  const found = new Map<string, FunctionElement>();
  const add = (candidate: FunctionElement | null): void => {
    if (!candidate || !(candidate.flags & flags.compiled) || candidate.ref === 0) return;
    found.set(candidate.internalName, candidate);
    add(candidate.varargsStub);
    add(candidate.overrideStub);
  };
  for (const element of program.instancesByName.values()) {
    if (element.kind === kinds.function) add(element as FunctionElement);
  }
  for (const file of program.filesByName.values()) {
    const start = file.startFunction;
    if (start.ref !== 0) found.set(start.internalName, start);
  }
  return [...found.values()];
}

function describeFunction(
  element: FunctionElement,
  origins: LocalOrigins,
  indices: ReadonlyMap<string, number>,
): AssemblyScriptFunction {
  const { source } = element.file;
  const constants = origins.constants.get(element.internalName) ?? [];
  return {
    wasmName: element.internalName,
    name: withoutFile(element.internalName, element.file),
    path: source.normalizedPath,
    locals: describeLocals(element, origins, indices),
    ...(constants.length === 0 ? {} : { constants: constants.map(describeConstant) }),
  };
}

/**
 * The module's locals are not in the compiler's order: they are grouped by type when it is written. What ties
 * them together is the name, made unique with the compiler's own index where it comes again (`i`, `i|5`).
 * Left out are the compiler's temporaries, named by numbers, and locals of functions inlined from another file,
 * which have no lines here.
 */
function describeLocals(
  element: FunctionElement,
  origins: LocalOrigins,
  indices: ReadonlyMap<string, number>,
): AssemblyScriptFunction['locals'] {
  const { parameterTypes, thisType } = element.signature;
  const parameters = parameterTypes.length + (thisType ? 1 : 0);
  const described: AssemblyScriptFunction['locals'][number][] = [];
  const used = new Set<string>();
  element.localsByIndex.forEach((local, position) => {
    const { name } = local;
    const index = indices.get(used.has(name) ? `${name}|${position}` : name);
    used.add(name);
    const origin = origins.locals.get(local);
    if (index === undefined || /^\d/.test(name) || (origin && origin.source !== element.file.source)) return;
    const scope = origin === undefined ? {} : { scope: origin.scope };
    described.push({ index, name, type: local.type.toString(), parameter: position < parameters, ...scope });
  });
  return described.sort((a, b) => a.index - b.index);
}

function describeConstant({ name, element, scope }: LocalConstant): FunctionConstant {
  return { name, type: element.type.toString(), value: constantOf(element) ?? '', scope };
}

type FunctionConstant = NonNullable<AssemblyScriptFunction['constants']>[number];

function withoutFile(internalName: string, file: CompiledFile): string {
  const prefix = `${file.internalName}/`;
  return internalName.startsWith(prefix) ? internalName.slice(prefix.length) : internalName;
}

function compiledClasses(program: CompiledProgram): ClassElement[] {
  const found = new Set<ClassElement>(program.managedClasses.values());
  for (const element of program.instancesByName.values()) {
    if (element.kind === kinds.class) found.add(element as ClassElement);
  }
  return [...found];
}

function describeClass(element: ClassElement): AssemblyScriptClass {
  const fields = [...(element.members?.values() ?? [])]
    .map((member) => (member as PropertyPrototype).instance ?? undefined)
    .filter((property) => property?.isField && property.memoryOffset >= 0)
    .filter((property) => property !== undefined)
    .map((property) => ({ name: property.name, type: property.type.toString(), offset: property.memoryOffset }))
    .sort((a, b) => a.offset - b.offset);
  return {
    internalName: element.internalName,
    name: readable(element.name),
    id: element.id,
    ...(element.base ? { base: element.base.internalName } : {}),
    typeArguments: (element.typeArguments ?? []).map(String),
    managed: element.type.isManaged,
    size: element.nextMemoryOffset,
    fields,
  };
}

/** The compiler escapes a function type's parentheses and commas: `Function<%28i32%2Ci32%29=>i32>`. */
function readable(name: string): string {
  return name.replaceAll(/%(28|29|2C)/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

function describeGlobals(program: CompiledProgram): AssemblyScriptProgram['globals'] {
  const globals = [...new Set(program.elementsByName.values())].filter(
    (element): element is VariableElement =>
      element.kind === kinds.global && (element.flags & (flags.compiled | flags.inlined)) !== 0,
  );
  return globals.map((element) => {
    const constant = (element.flags & flags.inlined) === 0 ? undefined : constantOf(element);
    return {
      name: withoutFile(element.internalName, element.file),
      wasmName: element.internalName,
      type: element.type.toString(),
      ...(constant === undefined ? {} : { constant }),
    };
  });
}

/** `ConstantValueKind`: 1 integer, 2 float. */
function constantOf(element: VariableElement): string | undefined {
  if (element.constantValueKind === 1) return String(element.constantIntegerValue);
  return element.constantValueKind === 2 ? String(element.constantFloatValue) : undefined;
}

function describeEnums(program: CompiledProgram): AssemblyScriptProgram['enums'] {
  const enums = [...new Set(program.elementsByName.values())].filter((element) => element.kind === kinds.enum);
  return enums.map((element) => ({ name: element.internalName, values: enumValues(element) }));
}

/** The compiler computes the values of a `const enum` only; of another, those that are evident from the source are given. */
function enumValues(element: Element): { name: string; value: number }[] {
  const values = new Map<string, number>();
  let previous: number | undefined = -1;
  for (const member of element.members?.values() ?? []) {
    if (member.kind !== kinds.enumValue) continue;
    const { constantValueKind, constantIntegerValue, valueNode } = member as EnumValueElement;
    if (constantValueKind === 1) previous = Number(String(constantIntegerValue));
    else if (valueNode) previous = evaluate(textOf(valueNode), values);
    else if (previous !== undefined) previous++;
    if (previous !== undefined) values.set(member.name, previous);
  }
  return [...values].map(([name, value]) => ({ name, value }));
}

/** Numbers, earlier members, and `<<` and `|` between them. */
function evaluate(expression: string, known: ReadonlyMap<string, number>): number | undefined {
  const terms = expression.split('|').map((term) => {
    const shifted = term.split('<<').map((operand) => {
      const text = operand.trim();
      return /^-?(?:0x[\da-f]+|0b[01]+|\d+)$/i.test(text) ? Number(text) : known.get(text);
    });
    return shifted.reduce((left, right) => (left === undefined || right === undefined ? undefined : left << right));
  });
  return terms.reduce((left, right) => (left === undefined || right === undefined ? undefined : left | right));
}

function textOf(node: Node): string {
  return node.range.source.text.slice(node.range.start, node.range.end);
}
