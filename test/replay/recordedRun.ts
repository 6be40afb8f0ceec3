/** A run that was recorded while it stopped at every site, with all that could be seen there. */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { startGuest } from '../../sandbox/guest/guest.ts';
import type { End, Guest, GuestOptions, Resume, Stop } from '../../sandbox/guest/protocol.ts';
import { recordingStart } from '../../sandbox/recording/recordingWriter.ts';
import type { Hit } from '../../sandbox/replay/timeline.ts';
import { HEADER } from '../recording/recorded.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'replay-test-'));
after(() => rmSync(folder, { recursive: true }));
let runs = 0;

/** What can be seen of a guest that stands. */
export interface Sight {
  readonly instant: number;
  readonly site: number | undefined;
  readonly frames: string;
  readonly memory: string;
  readonly globals: string;
  readonly shadow: string;
  readonly stdout: number;
  readonly stderr: number;
}

type Seen = Pick<Guest, 'readMemory' | 'memorySize' | 'readFrame' | 'readGlobals'>;

export async function sightOf(
  { instant, reason, frames }: Stop,
  guest: Seen,
  output: { stdout: number; stderr: number },
  options: GuestOptions,
): Promise<Sight> {
  const { module } = options;
  const memories = module.kind === 'instrumented' ? module.instrumented.memories : 0;
  const memory = createHash('sha1');
  for (let index = 0; index < memories; index++)
    memory.update(await guest.readMemory(0, await guest.memorySize(index), index));
  const shadow = createHash('sha1');
  const slots = module.kind === 'instrumented' ? module.instrumented.shadow.slots : new Map();
  for (const frame of frames) if (slots.has(frame.functionIndex)) shadow.update(await guest.readFrame(frame.depth));
  return {
    instant,
    site: 'site' in reason ? reason.site : undefined,
    frames: frames.map((frame) => `${frame.functionIndex}@${frame.offset}#${frame.depth}`).join(' '),
    memory: memory.digest('hex'),
    globals: (await guest.readGlobals()).map(String).join(' '),
    shadow: shadow.digest('hex'),
    ...output,
  };
}

export interface RecordedRun {
  readonly file: string;
  readonly options: GuestOptions;
  /** At sites, in order, and at the end if it stopped there. */
  readonly sights: readonly Sight[];
  /** All sites that were passed. */
  readonly hits: readonly Hit[];
  /** The last stop, when the run stands or was looked at when it ended. */
  readonly last: Stop | undefined;
  readonly end: End | undefined;
  readonly guest: Guest;
  next(): Promise<Stop | undefined>;
}

export interface RunSettings {
  readonly stdin?: readonly string[];
  /** Leave it standing after so many stops. */
  readonly most?: number;
  /** Look only at every so manieth stop. Default 1. */
  readonly every?: number;
  /** Do not stop at sites. */
  readonly straight?: boolean;
  /** Kill it after so many milliseconds. */
  readonly killAfter?: number;
  /** Its input does not end: it is paused until it waits for it. */
  readonly wait?: boolean;
}

export async function recordRun(
  options: GuestOptions,
  { stdin = [], most, every = 1, straight, killAfter, wait }: RunSettings = {},
): Promise<RecordedRun> {
  const file = path.join(folder, `${++runs}.wsrec`);
  writeFileSync(file, recordingStart(HEADER));
  const output = { stdout: 0, stderr: 0 };
  const queue: Stop[] = [];
  let wake = () => {};
  let end: End | undefined;
  const guest = await startGuest(
    { ...options, record: true, debug: true },
    {
      stopped: (stop) => {
        queue.push(stop);
        wake();
      },
      resumed: () => {},
      output: ({ stream, bytes }) => {
        output[stream] += bytes.length;
      },
      violation: () => {},
      usage: () => {},
      recorded: (block) => appendFileSync(file, block),
      ended: (how) => {
        end = how;
        wake();
      },
    },
  );
  const next = async () => {
    while (queue.length === 0 && end === undefined) await new Promise<void>((resolve) => (wake = resolve));
    return queue.shift();
  };
  for (const text of stdin) guest.stdin(new TextEncoder().encode(text));
  if (!wait) guest.stdin(undefined);
  const sites = options.module.kind === 'instrumented' ? options.module.instrumented.sites.keys() : [];
  if (!straight) guest.setBreakpoints([...sites]);
  const go: Resume = { kind: 'continue' };
  guest.start(go);
  if (wait) guest.pause();
  if (killAfter !== undefined) setTimeout(() => void guest.kill(), killAfter);
  const sights: Sight[] = [];
  const hits: Hit[] = [];
  let stops = 0;
  let last: Stop | undefined;
  for (let stop = await next(); stop !== undefined; stop = await next()) {
    last = stop;
    if (stops++ % every === 0) sights.push(await sightOf(stop, guest, { ...output }, options));
    const { reason, instant, frames } = stop;
    if (reason.kind === 'breakpoint') hits.push({ instant, site: reason.site, depth: frames[0]?.depth ?? 0 });
    if (stops === most || (wait && stop.inHostCall)) break;
    guest.resume(go);
    if (wait) guest.pause();
  }
  return { file, options, sights, hits, last, end, guest, next };
}

/** Random numbers that are the same each time (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
