/** What change of the configuration would let a program do what it was refused, or go on past a limit. */

import { schemaAt } from '../sandbox/config/schema.ts';
import { formatDuration, formatSize } from '../sandbox/config/units.ts';
import type { Exhausted } from '../sandbox/guest/protocol.ts';
import type { HostViolation } from '../sandbox/wasi/violation.ts';
import type { Remedied, Remedy } from './events.ts';
import type { Launch } from './launch.ts';

/** Bytes: memory of 32-bit WebAssembly ends here. */
const MOST_MEMORY = 2 ** 32;

export class Remedies {
  readonly #launch: Pick<Launch, 'config' | 'configSource'>;

  constructor(launch: Pick<Launch, 'config' | 'configSource'>) {
    this.#launch = launch;
  }

  ofViolation(_violation: HostViolation): Remedied {
    return this.#with(undefined);
  }

  ofLimit(exhausted: Exhausted): Remedied {
    return this.#with(raise(exhausted));
  }

  #with(remedy: Remedy | undefined): Remedied {
    const { file } = this.#launch.configSource;
    return { ...(remedy === undefined ? {} : { remedy }), ...(file === undefined ? {} : { configFile: file }) };
  }
}

/** Twice the limit; a program that needs more says so again. */
function raise({ kind, limit, by }: Exhausted): Remedy | undefined {
  if (by === 'machine') return undefined;
  const most = kind === 'memory' ? MOST_MEMORY : (schemaAt([kind])?.maximum ?? Number.MAX_SAFE_INTEGER);
  if (limit >= most) return undefined;
  const value = written(kind, Math.min(2 * limit, most));
  return { title: `Raise "${kind}" to ${JSON.stringify(value)}`, changes: [{ path: [kind], kind: 'set', value }] };
}

/** As a person would write it. */
function written(kind: Exhausted['kind'], value: number): string | number {
  switch (schemaAt([kind])?.unit) {
    case 'size':
      return formatSize(value);
    case 'duration':
      return formatDuration(value);
    case 'count':
      return value % 1e9 === 0 ? `${value / 1e9}G` : value;
    default:
      return value;
  }
}
