/** What can be fuzzed: where its inputs come from and what must hold for each of them. */
import type { Bomb } from './moduleBombs.ts';
import type { Random } from './random.ts';

export interface Target {
  /** Hostile inputs made by hand: each is tried once, before all mutations. */
  readonly bombs: readonly Bomb[];
  mutate(random: Random): Uint8Array;
  /** Whatever it throws is a finding. */
  check(input: Uint8Array): void | Promise<void>;
  /** Ends what it started. */
  end?(): void;
}
