/**
 * The control block: shared memory between the two threads of a guest process. Whatever must get through while
 * wasm runs or waits goes here: the word that wakes the worker, requests, the output not yet delivered and the
 * latest usage counters. Commands themselves go by message port, then the wake word is bumped.
 */
import type { Counters as CallCounters } from '../wasi/host.ts';
import type { Usage } from './protocol.ts';
import { SHARED_COUNTERS, sharedCounters } from './worker/sharedCounters.ts';

/** What the controller wants from a worker that is running. */
export const PAUSE_NONE = 0;
/** Stop at the next statement. */
export const PAUSE_AT_SITE = 1;
/** Stop at the next check, statement or not. */
export const PAUSE_ANYWHERE = 2;

const WORD = {
  wake: 0,
  pause: 1,
  timedOut: 2,
  inFlight: 3,
  stopOnViolation: 4,
  usageWanted: 5,
  stopOnLimit: 6,
  killed: 7,
} as const;
/** Three doubles. On the process's monotonic clock: when the guest started, moved on by the time it stood stopped (0: not yet); since when it stands stopped (0: it runs). In the guest's time: when the counters were published. */
const RUN_CLOCK = 40;
const COUNTERS_AT = 64;
/** Older counters than this stand still because the guest waits in a host call: they hold for the present too. In milliseconds. */
const STALE_AFTER = 100;
/** The instant and the size of memory come first, as last published; host calls are counted in the rest as they happen. */
const PUBLISHED = 2;

/** Bytes of output that may be under way to the parent before the guest has to wait. */
const MAX_IN_FLIGHT = 8 << 20;

export class ControlBlock {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #runClock: Float64Array;
  readonly #published: Float64Array;
  /** Of host calls: for the core to count in. */
  readonly counters: CallCounters;

  constructor(buffer = new SharedArrayBuffer(COUNTERS_AT + 8 * (PUBLISHED + SHARED_COUNTERS))) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, RUN_CLOCK / 4);
    this.#runClock = new Float64Array(buffer, RUN_CLOCK, 3);
    this.#published = new Float64Array(buffer, COUNTERS_AT, PUBLISHED);
    this.counters = sharedCounters(new Float64Array(buffer, COUNTERS_AT + 8 * PUBLISHED, SHARED_COUNTERS));
  }

  // Waking. The worker takes a ticket, looks whether there is work, and only then waits: no wake-up is lost.

  ticket(): number {
    return Atomics.load(this.#words, WORD.wake);
  }

  /** Sleep until `wake` was called after the ticket was taken, or until the time is over. */
  wait(ticket: number, milliseconds = Number.POSITIVE_INFINITY): void {
    Atomics.wait(this.#words, WORD.wake, ticket, milliseconds);
  }

  wake(): void {
    Atomics.add(this.#words, WORD.wake, 1);
    Atomics.notify(this.#words, WORD.wake);
  }

  // Requests.

  get pause(): number {
    return Atomics.load(this.#words, WORD.pause);
  }

  set pause(request: number) {
    Atomics.store(this.#words, WORD.pause, request);
  }

  get timedOut(): boolean {
    return Atomics.load(this.#words, WORD.timedOut) !== 0;
  }

  set timedOut(value: boolean) {
    Atomics.store(this.#words, WORD.timedOut, value ? 1 : 0);
  }

  /** The guest is to end by itself, soon, so that its recording says where. */
  get killed(): boolean {
    return Atomics.load(this.#words, WORD.killed) !== 0;
  }

  kill(): void {
    Atomics.store(this.#words, WORD.killed, 1);
  }

  get stopOnViolation(): boolean {
    return Atomics.load(this.#words, WORD.stopOnViolation) !== 0;
  }

  set stopOnViolation(value: boolean) {
    Atomics.store(this.#words, WORD.stopOnViolation, value ? 1 : 0);
  }

  get stopOnLimit(): boolean {
    return Atomics.load(this.#words, WORD.stopOnLimit) !== 0;
  }

  set stopOnLimit(value: boolean) {
    Atomics.store(this.#words, WORD.stopOnLimit, value ? 1 : 0);
  }

  // Output under way.

  sent(bytes: number): void {
    Atomics.add(this.#words, WORD.inFlight, bytes);
  }

  delivered(bytes: number): void {
    const before = Atomics.sub(this.#words, WORD.inFlight, bytes);
    if (before > MAX_IN_FLIGHT) this.wake();
  }

  get congested(): boolean {
    return Atomics.load(this.#words, WORD.inFlight) > MAX_IN_FLIGHT;
  }

  // Usage. Each counter is one aligned double; a reader may see counters of two neighbouring moments, never a torn one.

  /** Somebody wants to see the usage: the worker should publish it at its next host call. */
  get usageWanted(): boolean {
    // No Atomics: this is asked at every host call, and a moment later is early enough.
    return this.#words[WORD.usageWanted] !== 0;
  }

  wantUsage(): void {
    this.#words[WORD.usageWanted] = 1;
  }

  publish(instant: number, memory: number): void {
    this.#words[WORD.usageWanted] = 0;
    this.#runClock[2] = this.time;
    this.#published[0] = instant;
    this.#published[1] = memory;
  }

  /** As last published, with the time at which it was right. */
  usage(): Usage {
    const [instant = 0, memory = 0] = this.#published;
    return { time: this.#sampleTime(), instant, memory, ...this.counters };
  }

  begin(): void {
    this.#runClock[0] = now();
  }

  /** The guest stops to be looked at: its time stands still until `goOn`. */
  stand(): void {
    this.#runClock[1] = now();
  }

  goOn(): void {
    const [startedAt = 0, stoppedAt = 0] = this.#runClock;
    this.#runClock[0] = startedAt + now() - stoppedAt;
    this.#runClock[1] = 0;
  }

  /** Milliseconds that the guest has run, time stopped not counted; the same in both threads. */
  get time(): number {
    const [startedAt = 0, stoppedAt = 0] = this.#runClock;
    return startedAt === 0 ? 0 : (stoppedAt || now()) - startedAt;
  }

  #sampleTime(): number {
    const { time } = this;
    const published = this.#runClock[2] ?? 0;
    return time - published > STALE_AFTER ? time : published;
  }
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
