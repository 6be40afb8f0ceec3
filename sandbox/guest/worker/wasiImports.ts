/** The guest's host calls: WASI preview1 wired to this process, with its outputs and violations told to the controller. */

import type { HostDecision } from '../../wasi/decisions.ts';
import { createPreview1, type Preview1 } from '../../wasi/preview1.ts';
import type { HostViolation } from '../../wasi/violation.ts';
import { buildMounts } from '../files/mounts.ts';
import type { WorkerStart } from '../messages.ts';
import { type OpenNetwork, openNetwork } from '../network/networkHost.ts';
import type { End, GuestFrame, GuestOptions } from '../protocol.ts';
import type { WasmerLibrary } from '../wasmer/wasmerLibrary.ts';
import { createWasmerPreview1 } from '../wasmer/wasmerPreview1.ts';
import { guestClock, randomSource } from './clockAndRandom.ts';
import { errandCaller } from './errandCaller.ts';
import type { GuestInstance, Imports } from './guestInstance.ts';
import { RunRecording } from './recording.ts';
import type { Disagreement } from './runToEnd.ts';
import { StandardInputQueue } from './standardInput.ts';
import type { Stops, StopWiring } from './stops.ts';

/** More say nothing new. */
const MOST_MISTAKES = 3;
/** JavaScript frames count too. */
const STACK_LIMIT = 64;
/** Bytes of output in one message. */
const OUTPUT_PART = 1 << 20;
/** What a message weighs beside its bytes: thousands of tiny outputs must not pile up either. */
const MESSAGE_WEIGHT = 512;
const FRAME_WEIGHT = 64;

export interface HostCalls {
  readonly imports: Imports;
  readonly preview1: Pick<Preview1, 'bind' | 'finishDecisions' | 'close'>;
  readonly network: Pick<OpenNetwork, 'problem' | 'flush'>;
  readonly recording: RunRecording | undefined;
  /** Of a replay: whether its recording says something else of the end, in a sentence. */
  readonly disagrees?: (end: End) => Disagreement | undefined;
}

/** What a guest's host calls work with: how it was started, where its standard input comes from, and the way to the network. */
export interface HostCallSetup extends Pick<WorkerStart, 'stdin' | 'network'> {
  readonly options: GuestOptions;
  /** Where the guest's files are to be in it. */
  readonly wasmer: WasmerLibrary | undefined;
}

export function hostCalls(setup: HostCallSetup, guest: GuestInstance, stops: Stops, wiring: StopWiring): HostCalls {
  const { options, stdin } = setup;
  const { config } = options;
  const reporter = new Reporter(guest, stops, wiring, options);
  const random = randomSource(config.random);
  const recording = options.record ? new RunRecording(guest, stops, wiring, options) : undefined;
  const block = (ready: () => boolean, milliseconds?: number) => {
    // Whoever waits may be ended there, and the log should reach that far.
    recording?.recorder.flush();
    return stops.block(ready, milliseconds);
  };
  const clock = guestClock(config.clock, (milliseconds) => void block(() => false, milliseconds));
  const errands = errandCaller(wiring.post, block);
  const network = openNetwork(config.network, setup.network, block);
  const preview1 = providerOf(setup)({
    args: options.args,
    env: grantedEnvironment(config.env, options.env),
    stdin: new StandardInputQueue(stdin, block),
    ...(options.terminals && { terminals: options.terminals }),
    output: (stream, bytes) => reporter.output(stream, bytes),
    mounts: buildMounts(config, { now: () => clock.now(0), errands }),
    quotas: config.filesystem,
    clock,
    random: (buffer) => {
      stops.poll();
      random(buffer);
    },
    sleep: (milliseconds) => clock.sleep(milliseconds),
    network: network.host,
    onViolation: (violation) => {
      recording?.recorder.refused(violation);
      reporter.violation(violation);
    },
    ...(options.audit && {
      onDecision: (decision: HostDecision) => reporter.decision(decision),
      watchedQuotas: options.audit.quotas,
    }),
    exit: (code) => stops.leave({ kind: 'exited', code, results: [] }),
    onUnexpected: (error) => reporter.mistake(error),
    counters: wiring.control.counters,
    called: () => {
      if (!wiring.control.usageWanted) return;
      guest.publishUsage();
      recording?.recorder.flush();
    },
    ...(recording && { observer: recording.recorder }),
  });
  const imports = { wasi_snapshot_preview1: preview1.imports, sandbox_http: preview1.http };
  return { imports, preview1, network, recording };
}

function providerOf({ wasmer }: HostCallSetup): typeof createPreview1 {
  return wasmer === undefined ? createPreview1 : (options) => createWasmerPreview1(options, wasmer);
}

function grantedEnvironment(
  names: readonly string[],
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}

export class Reporter {
  readonly #guest: GuestInstance;
  readonly #stops: Stops;
  readonly #wiring: StopWiring;
  readonly #debug: boolean;
  readonly #maxOutput: number;
  #violations = 0;
  #mistakes = 0;
  /** Bytes so far. */
  #output = 0;

  constructor(guest: GuestInstance, stops: Stops, wiring: StopWiring, { debug, config }: GuestOptions) {
    this.#guest = guest;
    this.#stops = stops;
    this.#wiring = wiring;
    this.#debug = debug;
    this.#maxOutput = config.maxOutput;
  }

  /** What the limit still allows is passed on, and the guest ends there. */
  output(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    const room = this.#maxOutput - this.#output;
    this.#output += bytes.length;
    this.#pass(stream, bytes.length <= room ? bytes : bytes.slice(0, room));
    if (bytes.length > room) this.#stops.exhaust({ kind: 'maxOutput', used: this.#output, limit: this.#maxOutput });
  }

  #pass(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    const frames = this.#frames();
    for (let at = 0; at < bytes.length; at += OUTPUT_PART) {
      const part = bytes.length <= OUTPUT_PART ? bytes : bytes.slice(at, at + OUTPUT_PART);
      const { instant, time } = this.#guest;
      const weight = part.length + MESSAGE_WEIGHT + FRAME_WEIGHT * frames.length;
      this.#send(weight, () =>
        this.#wiring.post({ kind: 'output', output: { stream, bytes: part, instant, time, frames }, weight }),
      );
    }
  }

  mistake(error: unknown): void {
    if (++this.#mistakes > MOST_MISTAKES) return;
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const message = `A host call failed by a mistake of the sandbox, and the program was answered "I/O error". Please report this.\n${what}`;
    this.#wiring.post({ kind: 'mistake', message });
  }

  violation(violation: HostViolation): void {
    const seq = ++this.#violations;
    const frames = this.#frames();
    const { instant, time } = this.#guest;
    const weight = MESSAGE_WEIGHT + FRAME_WEIGHT * frames.length;
    this.#send(weight, () =>
      this.#wiring.post({ kind: 'violation', violation: { ...violation, seq, instant, time, frames }, weight }),
    );
    if (this.#wiring.control.stopOnViolation) this.#stops.stopInHostCall({ kind: 'violation', seq });
  }

  decision(decision: HostDecision): void {
    const { instant, time } = this.#guest;
    // The totals at the end belong to no call.
    const frames = decision.operation === '' ? [] : this.#guest.frames(this.#guest.depth, STACK_LIMIT);
    const weight = MESSAGE_WEIGHT + FRAME_WEIGHT * frames.length;
    this.#send(weight, () =>
      this.#wiring.post({ kind: 'decision', decision: { ...decision, instant, time, frames }, weight }),
    );
  }

  /** A guest that prints faster than anybody reads waits here, instead of filling memory. */
  #send(weight: number, post: () => void): void {
    const { control } = this.#wiring;
    control.sent(weight);
    post();
    if (control.congested) this.#stops.block(() => !control.congested);
  }

  #frames(): GuestFrame[] {
    return this.#debug ? this.#guest.frames(this.#guest.depth, STACK_LIMIT) : [];
  }
}
