/** Answers questions about a stopped guest from its instance: memories, globals, shadow frames. */
import { type Instrumented, PROBE_EXPORTS } from '../../instrument/instrumented.ts';
import type { Answer, Query } from '../messages.ts';

export function answerQuery(
  exports: Record<string, unknown>,
  instrumented: Instrumented | undefined,
  query: Query,
): Answer {
  switch (query.kind) {
    case 'readMemory':
      return readMemory(exports, query);
    case 'writeMemory':
      return writeMemory(exports, query);
    case 'memorySize':
      return { kind: 'number', number: memoryOf(exports, query.index)?.buffer.byteLength ?? 0 };
    case 'readFrame':
      return readFrame(exports, instrumented, query.depth);
    case 'readGlobals':
      return { kind: 'globals', globals: (instrumented?.globals ?? []).map((_, index) => globalValue(exports, index)) };
  }
}

/** Memory `index` of the original module; a plain module shows the one that it exports as `memory`. */
export function memoryOf(exports: Record<string, unknown>, index: number): WebAssembly.Memory | undefined {
  const memory = exports[`${PROBE_EXPORTS.memory}${index}`] ?? (index === 0 ? exports.memory : undefined);
  return memory instanceof WebAssembly.Memory ? memory : undefined;
}

type ReadMemory = Extract<Query, { kind: 'readMemory' }>;
type WriteMemory = Extract<Query, { kind: 'writeMemory' }>;

function readMemory(exports: Record<string, unknown>, { address, length, index }: ReadMemory): Answer {
  const memory = memoryOf(exports, index);
  if (memory === undefined) return noMemory(index);
  if (!isCount(address) || !isCount(length)) return error(`${address} and ${length} are not an address and a length.`);
  const end = Math.min(address + length, memory.buffer.byteLength);
  return { kind: 'bytes', bytes: new Uint8Array(memory.buffer).slice(Math.min(address, end), end) };
}

function writeMemory(exports: Record<string, unknown>, { address, bytes, index }: WriteMemory): Answer {
  const memory = memoryOf(exports, index);
  if (memory === undefined) return noMemory(index);
  const size = memory.buffer.byteLength;
  if (!isCount(address) || address + bytes.length > size)
    return error(`${bytes.length} bytes at address ${address} do not fit: memory has ${size} bytes.`);
  new Uint8Array(memory.buffer).set(bytes, address);
  return { kind: 'done' };
}

function readFrame(exports: Record<string, unknown>, instrumented: Instrumented | undefined, depth: number): Answer {
  const probe = exports[PROBE_EXPORTS.probe];
  if (instrumented === undefined || !(probe instanceof WebAssembly.Memory))
    return error('This module was not instrumented: it keeps no shadow frames.');
  const { stride } = instrumented.shadow;
  const start = instrumented.probe.frames + depth * stride;
  if (!isCount(depth) || depth === 0 || start + stride > probe.buffer.byteLength)
    return error(`There is no shadow frame at depth ${depth}.`);
  return { kind: 'bytes', bytes: new Uint8Array(new Uint8Array(probe.buffer, start, stride)) };
}

/** References do not cross processes, and a v128 cannot be read from JavaScript: both are undefined. */
function globalValue(exports: Record<string, unknown>, index: number): number | bigint | undefined {
  const global = exports[`${PROBE_EXPORTS.global}${index}`];
  if (!(global instanceof WebAssembly.Global)) return undefined;
  try {
    const { value } = global;
    return typeof value === 'number' || typeof value === 'bigint' ? value : undefined;
  } catch {
    return undefined;
  }
}

function noMemory(index: number): Answer {
  return error(`The module has no memory ${index}.`);
}

function error(message: string): Answer {
  return { kind: 'error', message };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
