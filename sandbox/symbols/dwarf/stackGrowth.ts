/**
 * How many operands a straight piece of code leaves on the stack: a row in the middle of an expression that goes on
 * from an earlier line is no place of its own to stop.
 */
import { InstructionCursor } from '../../wasm/instructions.ts';
import { type Module, WasmDecodeError } from '../../wasm/module.ts';
import type { CodeOffset } from '../../wasm/offsets.ts';

/** undefined when the code branches, uses instructions beyond WebAssembly 1.0, or is not whole instructions. */
export function stackGrowth(module: Module, from: CodeOffset, to: CodeOffset): number | undefined {
  try {
    return from <= to ? growthOf(module, from, to) : undefined;
  } catch (error) {
    if (error instanceof WasmDecodeError) return undefined;
    throw error;
  }
}

function growthOf(module: Module, from: CodeOffset, to: CodeOffset): number | undefined {
  const cursor = new InstructionCursor(module, from, to);
  let growth = 0;
  while (cursor.advance()) {
    const { control, name } = cursor.opcode;
    const effect = control === 'call' && name === 'call' ? callEffect(module, cursor.index()) : effectOf(name);
    if (effect === undefined) return undefined;
    growth += effect;
  }
  return growth;
}

function callEffect(module: Module, callee: number): number | undefined {
  const fn = module.functions[callee];
  return fn && fn.results.length - fn.params.length;
}

function effectOf(name: string): number | undefined {
  if (!effects.has(name)) effects.set(name, EFFECTS.find(([pattern]) => pattern.test(name))?.[1]);
  return effects.get(name);
}

/** Of the names met so far. */
const effects = new Map<string, number | undefined>();

/** By the patterns of the instructions' names (WebAssembly 1.0 §2.4). */
const EFFECTS: readonly (readonly [pattern: RegExp, effect: number])[] = [
  [/^(local\.get|global\.get|memory\.size|[if]\d\d\.const)$/, 1],
  [/^(local\.set|global\.set|drop)$/, -1],
  [/^(local\.tee|nop|memory\.grow)$/, 0],
  [/^select$/, -2],
  [/^[if]\d\d\.load/, 0],
  [/^[if]\d\d\.store/, -2],
  [
    /^[if]\d\d\.(eqz|clz|ctz|popcnt|abs|neg|ceil|floor|trunc$|nearest|sqrt|wrap|extend|trunc_|convert|demote|promote|reinterpret)/,
    0,
  ],
  [/^[if]\d\d\.(eq|ne|lt|gt|le|ge|add|sub|mul|div|rem|and|or|xor|shl|shr|rotl|rotr|min|max|copysign)/, -1],
];
