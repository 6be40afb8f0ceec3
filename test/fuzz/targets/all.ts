/** The targets by name. */
import type { Corpus } from '../corpus.ts';
import type { Target } from '../target.ts';
import { assemblyScript } from './assemblyScript.ts';
import { config } from './config.ts';
import { dap } from './dap.ts';
import { decoder } from './decoder.ts';
import { dwarf } from './dwarf.ts';
import { instrumenter } from './instrumenter.ts';
import { recording } from './recording.ts';
import { sourceMap } from './sourceMap.ts';
import { wat } from './wat.ts';

export const TARGETS = {
  decoder,
  instrument: instrumenter,
  dwarf,
  assemblyscript: assemblyScript,
  sourceMap,
  config,
  wat,
  dap,
  recording,
} satisfies Record<string, (corpus: Corpus) => Target>;

export type TargetName = keyof typeof TARGETS;

export const TARGET_NAMES = Object.keys(TARGETS) as readonly TargetName[];
