/** What change of the configuration would let a program do what it was refused, or go on past a limit. */
import path from 'node:path';
import { hostPaths } from '../sandbox/compile/pathProbe.ts';
import type { ConfigChange } from '../sandbox/config/configEdits.ts';
import { type RefusalFacts, type RemedyContext, remedyFor, remedyForLimit } from '../sandbox/config/remedy.ts';
import type { Exhausted } from '../sandbox/guest/protocol.ts';
import { MOST_VIOLATIONS } from '../sandbox/wasi/violation.ts';
import { printable } from '../sandbox/wasm/printable.ts';
import type { Remedied } from './events.ts';
import type { Launch } from './launch.ts';

export class Remedies {
  readonly #context: RemedyContext;
  readonly #file: Pick<Remedied, 'configFile'>;
  /** By the call: finding one asks the disk, and guests repeat themselves. */
  readonly #known = new Map<string, Remedied>();

  constructor({ config, configSource: { file, folder } }: Pick<Launch, 'config' | 'configSource'>) {
    this.#context = { config, folder, probe: hostPaths };
    this.#file = file === undefined ? {} : { configFile: file };
  }

  ofViolation(refused: RefusalFacts): Remedied {
    const { operation, target, required, errno, other, way, needed } = refused;
    const call = JSON.stringify([operation, target, required, errno, other, way, needed]);
    const remedied = this.#known.get(call) ?? this.#with(remedyFor(refused, this.#context));
    if (this.#known.size < MOST_VIOLATIONS) this.#known.set(call, remedied);
    return remedied;
  }

  ofLimit(exhausted: Exhausted): Remedied {
    const helps = exhausted.by !== 'machine';
    return this.#with(helps ? remedyForLimit(exhausted, this.#context) : undefined);
  }

  #with(remedy: ConfigChange | undefined): Remedied {
    if (remedy === undefined) return this.#file;
    const name = path.basename(this.#file.configFile ?? 'launch.json');
    return { remedy: { ...remedy, title: printable(remedy.title.replace(/sandbox\.json$/, name)) }, ...this.#file };
  }
}
