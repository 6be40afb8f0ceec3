/**
 * The module inside the worker: compiled, its imports supplied, its exports read. Implements what stopping needs to
 * know about it (`Stoppable`), and counts what it uses.
 */
import type { Instrumented } from '../../instrument/instrumented.ts';
import { PROBE_EXPORTS } from '../../instrument/instrumented.ts';
import type { Module } from '../../wasm/module.ts';
import type { ControlBlock } from '../controlBlock.ts';
import type { Answer, Query } from '../messages.ts';
import type { GuestFrame, GuestOptions } from '../protocol.ts';
import { type FrameMap, frameMapOf, guestFrames } from './frameMap.ts';
import { type Refusal, refusal } from './growths.ts';
import { answerQuery, memoryOf } from './inspection.ts';
import { type FullStack, fullStack } from './linearStack.ts';
import type { Stoppable } from './stops.ts';
import { currentWasmFrames, wasmFramesOf } from './wasmStack.ts';

export type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export class GuestInstance implements Stoppable {
  readonly module: WebAssembly.Module;
  readonly #instrumented: Instrumented | undefined;
  readonly #frameMap: FrameMap;
  readonly #control: ControlBlock;
  readonly #memoryLimit: number;
  readonly #decoded: Module;
  #exports: Record<string, unknown> = {};
  /** The clock that the instance publishes lags behind one that the hook was told. */
  #latestInstant = 0;

  /** `module` is what `options.module` holds. Throws V8's CompileError when it refuses it. */
  constructor(options: GuestOptions, module: Module, control: ControlBlock) {
    this.#instrumented = options.module.kind === 'instrumented' ? options.module.instrumented : undefined;
    this.module = new WebAssembly.Module(withoutDebugInformation(module));
    this.#frameMap = frameMapOf(module, this.#instrumented);
    this.#control = control;
    this.#memoryLimit = options.config.memory;
    this.#decoded = module;
  }

  get instrumented(): Instrumented | undefined {
    return this.#instrumented;
  }

  get exports(): Readonly<Record<string, unknown>> {
    return this.#exports;
  }

  /** Throws V8's LinkError, or the trap of an active segment or start function. */
  instantiate(imports: Imports): void {
    this.#exports = new WebAssembly.Instance(this.module, { ...imports }).exports;
  }

  /** Milliseconds since the guest started. */
  get time(): number {
    return this.#control.time;
  }

  get memory(): WebAssembly.Memory | undefined {
    return memoryOf(this.#exports, 0);
  }

  get instant(): number {
    const clock = this.#exports[PROBE_EXPORTS.clock];
    return clock instanceof WebAssembly.Global ? Number(clock.value) : 0;
  }

  get hasClock(): boolean {
    return this.#exports[PROBE_EXPORTS.clock] instanceof WebAssembly.Global;
  }

  get depth(): number | undefined {
    const depth = this.#exports[PROBE_EXPORTS.depth];
    return depth instanceof WebAssembly.Global ? Number(depth.value) : undefined;
  }

  get stride(): number {
    return this.#instrumented?.shadow.stride ?? 1;
  }

  /** The host does this before it calls an export. */
  resetDepth(): void {
    const depth = this.#exports[PROBE_EXPORTS.depth];
    if (depth instanceof WebAssembly.Global) depth.value = 0;
  }

  refusal(number: number): Refusal | undefined {
    if (this.#instrumented === undefined) return undefined;
    return refusal(this.#exports, this.#instrumented, { number, limit: this.#memoryLimit });
  }

  frames(depth: number | undefined, limit: number): GuestFrame[] {
    return guestFrames(this.#frameMap, currentWasmFrames(limit), depth);
  }

  /** The depth counter is what the last caller left there, which says nothing about the frame that trapped: frames are counted instead. */
  framesOf(error: unknown): GuestFrame[] {
    return error instanceof Error ? guestFrames(this.#frameMap, wasmFramesOf(error), undefined) : [];
  }

  /** After a trap in that function: whether the stack that the program keeps in its memory was full. */
  fullStack(functionIndex: number | undefined): FullStack | undefined {
    try {
      const running = { module: this.#decoded, instrumented: this.#instrumented, exports: this.#exports };
      return fullStack(running, functionIndex);
    } catch {
      return undefined; // sections that V8 passes over may be broken: then there is no telling
    }
  }

  publishUsage(instant = this.instant): void {
    this.#latestInstant = Math.max(this.#latestInstant, instant);
    this.#control.publish(this.#latestInstant, this.memory?.buffer.byteLength ?? 0);
  }

  answer(query: Query): Answer {
    return answerQuery(this.#exports, this.#instrumented, query);
  }
}

/**
 * Custom sections behind the code are left out: V8 needs none of them, they may be large, and function names, which may be
 * huge, would only slow its stack traces down. Nothing moves, so offsets stay what they are.
 */
function withoutDebugInformation({ bytes, sections, codeStart }: Module): Uint8Array {
  const kept = sections.filter((section) => section.id !== 0 || section.start < codeStart);
  const parts = [bytes.subarray(0, PREAMBLE), ...kept.map((section) => bytes.subarray(section.header, section.end))];
  return Buffer.concat(parts);
}

/** Magic number and version. */
const PREAMBLE = 8;
