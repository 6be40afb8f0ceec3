/**
 * What llvm-dwarfdump says of the fixtures, kept as text beside each module because the tool is no npm package.
 * Run this file itself, with `LLVM_DWARFDUMP` naming the tool, to write the texts again.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FIXTURES } from './fixtures.ts';

export interface Dump {
  /** `address line:column file flags`. */
  readonly rows: readonly string[];
  /** `low-high name`, a line for every range of every function. */
  readonly functions: readonly string[];
}

const place = (fixture: string, ending: string): URL =>
  new URL(`../../fixtures/dwarf/${fixture}.${ending}`, import.meta.url);

export function readDump(fixture: string): Dump {
  const [rows = '', functions = ''] = readFileSync(place(fixture, 'dwarfdump.txt'), 'utf8').split('\n\n');
  return { rows: rows.trim().split('\n'), functions: functions.trim().split('\n') };
}

/** Addresses from here on belong to code that the linker dropped. */
const DEAD = 0xfffffffe;

function rowsOf(dump: string): string[] {
  const rows: string[] = [];
  for (const [, address = '', line, column, file, flags = ''] of dump.matchAll(
    /^0x([0-9a-f]{16}) +(\d+) +(\d+) +(\d+) +\d+ +\d+ +\d+ *(.*)$/gm,
  )) {
    if (Number.parseInt(address, 16) >= DEAD) continue;
    const named = ['is_stmt', 'end_sequence', 'prologue_end'].filter((flag) => flags.includes(flag));
    rows.push([Number.parseInt(address, 16), `${line}:${column}`, `file ${file}`, ...named].join(' '));
  }
  return rows;
}

function functionsOf(dump: string): string[] {
  const functions: string[] = [];
  for (const entry of dump.split(/^0x[0-9a-f]{8}:/m)) {
    if (!/^\s+DW_TAG_subprogram/.test(entry)) continue;
    const name = /DW_AT_(?:name|abstract_origin|specification)\t\((?:0x[0-9a-f]+ )?"([^"]*)"/.exec(entry)?.[1] ?? '';
    const low = /DW_AT_low_pc\t\(0x([0-9a-f]+)\)/.exec(entry)?.[1];
    const high = /DW_AT_high_pc\t\(0x([0-9a-f]+)\)/.exec(entry)?.[1];
    if (low === undefined || high === undefined || Number.parseInt(low, 16) >= DEAD) continue;
    functions.push(`${Number.parseInt(low, 16)}-${Number.parseInt(high, 16)} ${name}`);
  }
  return functions.sort();
}

if (import.meta.main) {
  const tool = process.env.LLVM_DWARFDUMP ?? 'llvm-dwarfdump';
  for (const fixture of FIXTURES) {
    const run = (what: string): string =>
      execFileSync(tool, [what, fileURLToPath(place(fixture, 'wasm'))], { encoding: 'utf8' });
    const parts = [rowsOf(run('--debug-line')), functionsOf(run('--debug-info'))];
    writeFileSync(place(fixture, 'dwarfdump.txt'), `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`);
  }
}
