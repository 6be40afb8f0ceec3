/** The inputs of a target by their number, and what is wrong with what one of them does. */
import { Random } from './random.ts';
import type { Target } from './target.ts';

/** Seconds of processor time. Bombs are large on purpose, and take their time. */
const MOST_SECONDS = 10;
/** Bytes that one input may add to the largest size this process ever had. */
const MOST_MEMORY = 1.2 * 2 ** 30;

/** Bombs come first, as they are; then mutations. */
export function inputOf(
  target: Target,
  seed: number,
  at: number,
): { readonly name: string; readonly bytes: Uint8Array } {
  const bomb = target.bombs[at];
  return bomb ?? { name: String(at), bytes: target.mutate(new Random(seed, at)) };
}

/** Undefined when all is well. */
export async function tryInput(target: Target, bytes: Uint8Array): Promise<string | undefined> {
  const before = process.cpuUsage();
  const size = process.resourceUsage().maxRSS;
  try {
    await target.check(bytes);
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  if (seconds > MOST_SECONDS) return `takes ${seconds.toFixed(1)} s of processor time`;
  const grown = (process.resourceUsage().maxRSS - size) * 1024;
  return grown > MOST_MEMORY ? `takes ${Math.round(grown / 2 ** 20)} MB` : undefined;
}
