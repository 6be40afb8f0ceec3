/** Host calls about the program itself: arguments, environment, clocks, randomness, signals. */
import { ClockId } from './abi.ts';
import { fail } from './errno.ts';
import type { GuestMemory } from './guestMemory.ts';
import type { CallContext, HostCalls } from './host.ts';
import { effectOf } from './signals.ts';

/** `crypto.getRandomValues` refuses more at once. */
const RANDOM_CHUNK = 65_536;

export function processCalls({ options, memory, policy }: CallContext): HostCalls {
  const args = zeroTerminated(options.args);
  const environment = zeroTerminated(Object.entries(options.env).map(([name, value]) => `${name}=${value}`));
  return {
    args_sizes_get: (count: number, size: number) => putSizes(memory, args, count, size),
    args_get: (pointers: number, bytes: number) => putStrings(memory, args, pointers, bytes),
    environ_sizes_get: (count: number, size: number) => putSizes(memory, environment, count, size),
    environ_get: (pointers: number, bytes: number) => {
      for (const name of Object.keys(options.env)) policy.decisions?.named(policy.operation, 'env', name);
      putStrings(memory, environment, pointers, bytes);
    },
    clock_res_get: (id: number, result: number) => {
      memory.check(result, 8);
      memory.put64(result, options.clock.resolution(clockId(id)));
    },
    clock_time_get: (id: number, _precision: bigint, result: number) => {
      memory.check(result, 8);
      memory.put64(result, options.clock.now(clockId(id)));
    },
    random_get: (address: number, length: number) => putRandom(memory, address, length, options.random),
    sched_yield: () => {},
    // Replaced by the wrapper: an exit is no result.
    proc_exit: () => fail('NOSYS'),
    // A signal that ends the program never comes here: the wrapper leaves the guest.
    proc_raise: (signal: number) => {
      const effect = effectOf(signal);
      if (effect.kind === 'refused') fail(effect.errno);
    },
  };
}

function zeroTerminated(texts: readonly string[]): Uint8Array[] {
  const encoder = new TextEncoder();
  // A NUL inside would end the string early and shift nothing, but the guest would see another value than was given.
  return texts.map((text) => encoder.encode(`${text.replaceAll('\0', '')}\0`));
}

function putSizes(memory: GuestMemory, strings: readonly Uint8Array[], count: number, size: number): void {
  memory.check(count, 4);
  memory.check(size, 4);
  memory.put32(count, strings.length);
  memory.put32(size, byteLength(strings));
}

function putStrings(memory: GuestMemory, strings: readonly Uint8Array[], pointers: number, bytes: number): void {
  let pointer = memory.check(pointers, strings.length * 4);
  let address = memory.check(bytes, byteLength(strings));
  for (const string of strings) {
    memory.put32(pointer, address);
    memory.put(address, string);
    pointer += 4;
    address += string.length;
  }
}

function byteLength(strings: readonly Uint8Array[]): number {
  return strings.reduce((sum, string) => sum + string.length, 0);
}

function clockId(id: number): number {
  if (id >>> 0 > ClockId.THREAD_CPUTIME) fail('INVAL');
  return id;
}

function putRandom(memory: GuestMemory, address: number, length: number, random: (buffer: Uint8Array) => void): void {
  const start = memory.check(address, length);
  const end = start + (length >>> 0);
  const chunk = new Uint8Array(Math.min(end - start, RANDOM_CHUNK));
  for (let at = start; at < end; at += chunk.length) {
    const part = chunk.subarray(0, Math.min(chunk.length, end - at));
    random(part);
    memory.put(at, part);
  }
}
