/**
 * Entry point of the guest's worker thread: loads the module, waits to be started, runs it to its end and says how it
 * ended. Everything about stopping is in `stops.ts`.
 */
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { PROBE_EXPORTS } from '../../instrument/instrumented.ts';
import { V8_FLAGS } from '../../instrument/v8Flags.ts';
import { readModule } from '../../wasm/module.ts';
import { ControlBlock } from '../controlBlock.ts';
import { entryFile } from '../entryFile.ts';
import type { FromWorker, ToWorker, WorkerStart } from '../messages.ts';
import { ProbePage } from '../probePage.ts';
import { shutIn } from '../process/shutIn.ts';
import type { End, GuestOptions } from '../protocol.ts';
import type { WasmerLibrary } from '../wasmer/wasmerLibrary.ts';
import { type EntryPlan, planEntry } from './entry.ts';
import { GuestInstance } from './guestInstance.ts';
import { missingImports, notInstantiated, refusedByEngine } from './refusal.ts';
import { replayCalls } from './replayCalls.ts';
import { ReplayTelling } from './replayTelling.ts';
import { ReplayWay } from './replayWay.ts';
import { DEBUG_STACK_LIMIT, endOf, FAULT_STACK_LIMIT, runToEnd } from './runToEnd.ts';
import { type StopLog, Stops, type StopWiring } from './stops.ts';
import { trampoline } from './trampoline.ts';
import { trapOf } from './trapKind.ts';
import { type HostCalls, hostCalls, Reporter } from './wasiImports.ts';

/** What `--liftoff-only` implies is spelt out: V8 works implications out when it starts, not later. */
const BASELINE_ONLY = ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering'];

for (const flag of V8_FLAGS) setFlagsFromString(flag);
shutIn();
const start: WorkerStart = workerData;
const options = awaitGuest();
const post = (message: FromWorker) => parentPort?.postMessage(message);
post({ kind: 'ended', end: run(await wasmerOf(options)) });

/** Blocks: nothing else is to happen on this thread. */
function awaitGuest(): GuestOptions {
  const control = new ControlBlock(start.control);
  for (;;) {
    const ticket = control.ticket();
    const received: { message: ToWorker } | undefined = receiveMessageOnPort(start.commands);
    if (received?.message.kind === 'load') return received.message.options;
    control.wait(ticket);
  }
}

/** Read only where it is asked for. */
async function wasmerOf({ config }: GuestOptions): Promise<WasmerLibrary | undefined> {
  if (config.wasi !== 'wasmer') return undefined;
  const { loadWasmer }: typeof import('../wasmer/wasmerLibrary.ts') = await import(
    pathToFileURL(entryFile('wasmer')).href
  );
  return loadWasmer();
}

function run(wasmer: WasmerLibrary | undefined): End {
  const control = new ControlBlock(start.control);
  const loaded = load(control);
  if (loaded.kind === 'refused') return loaded;
  for (;;) {
    const { end, rewound } = runOnce({ ...loaded, control, wasmer });
    if (!rewound) return end;
  }
}

interface RunParts {
  readonly guest: GuestInstance;
  readonly plan: Plan;
  readonly control: ControlBlock;
  readonly wasmer: WasmerLibrary | undefined;
}

interface Outcome {
  readonly end: End;
  readonly rewound: boolean;
}

function runOnce({ guest, plan, control, wasmer }: RunParts): Outcome {
  const noticed = (message: FromWorker) => {
    host.recording?.notice(message);
    post(message);
  };
  const log: StopLog = {
    refused: (growth, instant) => host.recording?.refused(growth, instant),
    edited: (write) => host.recording?.edited(write),
    passing: () => host.recording?.passing(),
  };
  const way = options.replay && wayOf(guest);
  const wiring: StopWiring = {
    control,
    commands: start.commands,
    post: noticed,
    ...(options.record && { log }),
    ...(way && { way }),
  };
  const stops = new Stops(options, wiring, guest);
  const opened = openHost({ guest, stops, wiring, wasmer });
  if (opened.kind === 'refused') return { end: opened, rewound: false };
  const { host } = opened;
  const missing = missingImports(guest.module, host.imports) ?? host.network.problem;
  if (missing !== undefined) return { end: { kind: 'refused', message: missing }, rewound: false };
  Error.stackTraceLimit = options.debug ? DEBUG_STACK_LIMIT : FAULT_STACK_LIMIT;
  const end = startAndRun({ guest, stops, host, plan });
  guest.publishUsage();
  host.recording?.ended(end);
  host.preview1.finishDecisions();
  host.preview1.close();
  if (end.kind === 'exited') host.network.flush(control);
  return { end, rewound: stops.rewound };
}

interface HostParts {
  readonly guest: GuestInstance;
  readonly stops: Stops;
  readonly wiring: StopWiring;
  readonly wasmer: WasmerLibrary | undefined;
}

type OpenedHost = { readonly kind: 'host'; readonly host: HostCalls } | Extract<End, { kind: 'refused' }>;

function openHost({ guest, stops, wiring, wasmer }: HostParts): OpenedHost {
  const { way } = wiring;
  if (options.replay === undefined || way === undefined)
    return { kind: 'host', host: hostCalls({ options, wasmer, ...start }, guest, stops, wiring) };
  const { control } = wiring;
  const reporter = new Reporter(guest, stops, wiring, options);
  const telling = options.replay.tell && new ReplayTelling({ reporter, control, guest });
  try {
    return { kind: 'host', host: replayCalls(options.replay.file, { guest, stops, way, telling }) };
  } catch (error) {
    return { kind: 'refused', message: error instanceof Error ? error.message : String(error) };
  }
}

function wayOf({ instrumented }: GuestInstance): ReplayWay {
  return new ReplayWay({ sites: instrumented?.sites.length ?? 0, longest: instrumented?.longest ?? 0 });
}

type Plan = Extract<EntryPlan, { kind: 'calls' }>;
type Loaded =
  | { readonly kind: 'loaded'; readonly guest: GuestInstance; readonly plan: Plan }
  | Extract<End, { kind: 'refused' }>;

function load(control: ControlBlock): Loaded {
  const bytes = options.module.kind === 'plain' ? options.module.bytes : options.module.instrumented.bytes;
  try {
    const module = readModule(bytes);
    // Inside `try`, V8's optimised code reports stale positions for frames: so it must not optimise where they are looked at.
    if (options.debug && module.tags.length > 0) for (const flag of BASELINE_ONLY) setFlagsFromString(flag);
    const guest = new GuestInstance(options, module, control);
    const plan = planEntry(module, options.entry);
    return plan.kind === 'refused' ? plan : { kind: 'loaded', guest, plan };
  } catch (error) {
    return { kind: 'refused', message: refusedByEngine(error, bytes) };
  }
}

interface Ready {
  readonly guest: GuestInstance;
  readonly stops: Stops;
  readonly host: HostCalls;
  readonly plan: Plan;
}

/**
 * An instrumented module has no start function any more, so it is put together at once and breakpoints can be armed
 * before anything runs. A plain one may run code when it is instantiated: that has to wait for the start.
 */
function startAndRun({ guest, stops, host, plan }: Ready): End {
  const { debug, module } = options;
  try {
    if (module.kind === 'instrumented') {
      instantiate(guest, host);
      post({ kind: 'ready', probe: attachProbe(guest, stops) });
      stops.awaitStart();
    } else {
      post({ kind: 'ready', probe: undefined });
      stops.awaitStart();
      instantiate(guest, host);
    }
  } catch (error) {
    if (stops.end === undefined && trapOf(error) === undefined)
      return { kind: 'refused', message: notInstantiated(error) };
    return endOf(error, { guest, stops, debug: false });
  }
  try {
    return runToEnd(plan.calls, { guest, stops, debug, ...(host.disagrees && { disagrees: host.disagrees }) });
  } catch (error) {
    // Looked at when it had ended already, and left for good, or for another run.
    if (stops.end !== undefined) return stops.end;
    throw error;
  }
}

function instantiate(guest: GuestInstance, host: HostCalls): void {
  guest.instantiate(host.imports);
  if (guest.memory === undefined) return;
  host.preview1.bind(guest.memory);
  host.recording?.recorder.bind(guest.memory);
}

/** Puts the hook in place; the probe memory's buffer goes to the controller. */
function attachProbe(guest: GuestInstance, stops: Stops): SharedArrayBuffer | undefined {
  const { instrumented, exports } = guest;
  const table = exports[PROBE_EXPORTS.hook];
  const probe = exports[PROBE_EXPORTS.probe];
  if (table instanceof WebAssembly.Table)
    table.set(
      0,
      trampoline((id, instant, depth) => stops.hook(id, instant, depth)),
    );
  if (instrumented === undefined || !(probe instanceof WebAssembly.Memory)) return undefined;
  if (!(probe.buffer instanceof SharedArrayBuffer)) return undefined;
  stops.attach(new ProbePage(probe.buffer, instrumented));
  return probe.buffer;
}
