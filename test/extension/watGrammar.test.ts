/** The grammar that colours WAT: its rules compile, refer to each other, and tell words of the text format apart. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

interface Rule {
  readonly name?: string;
  readonly include?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly captures?: Readonly<Record<string, { readonly name: string }>>;
  readonly patterns?: readonly Rule[];
}

const file = join(import.meta.dirname, '../../extension/languages/wat/wat.tmLanguage.json');
const grammar: { patterns: Rule[]; repository: Record<string, Rule> } = JSON.parse(readFileSync(file, 'utf8'));

test('every rule compiles and every include is there', () => {
  const visit = (rule: Rule): void => {
    for (const source of [rule.match, rule.begin, rule.end]) if (source !== undefined) new RegExp(source);
    if (rule.include !== undefined) assert.ok(rule.include.slice(1) in grammar.repository, rule.include);
    for (const inner of rule.patterns ?? []) visit(inner);
  };
  for (const rule of [...grammar.patterns, ...Object.values(grammar.repository)]) visit(rule);
});

/** The first rule, in the order of the grammar, that matches at the start of a word in its line. */
function scopeAt(line: string, word: string): string | undefined {
  const start = line.indexOf(word);
  for (const { include } of grammar.repository.expression?.patterns ?? []) {
    const named = grammar.repository[include?.slice(1) ?? ''];
    const itself = named?.match ?? named?.begin;
    for (const rule of (itself === undefined ? named?.patterns : [named]) ?? []) {
      if (rule === undefined) continue;
      const source = rule.match ?? rule.begin;
      if (source === undefined) continue;
      const sticky = new RegExp(source, 'y');
      sticky.lastIndex = start;
      const found = sticky.exec(line);
      if (found !== null && found[0].length > 0) return rule.name ?? rule.captures?.['1']?.name;
    }
  }
  return undefined;
}

test('words of the text format get their colours', () => {
  assert.match(scopeAt('(func $add', 'func') ?? '', /^storage\.type/);
  assert.match(scopeAt('(param $a i32)', 'param') ?? '', /^storage\.modifier/);
  assert.match(scopeAt('(param $a i32)', '$a') ?? '', /^variable/);
  assert.match(scopeAt('(param $a i32)', 'i32') ?? '', /^support\.type/);
  assert.match(scopeAt('  br_if $again', 'br_if') ?? '', /^keyword\.control/);
  assert.match(scopeAt('  i32.const -0x1F', '-0x1F') ?? '', /^constant\.numeric/);
  assert.match(scopeAt('  f64.const nan:0x4', 'nan') ?? '', /^constant\.numeric/);
  assert.match(scopeAt('  i32.load offset=8', 'offset=8') ?? '', /^variable\.parameter/);
  assert.match(scopeAt(';; a comment', ';;') ?? '', /^comment\.line/);
  assert.match(scopeAt('(; a comment ;)', '(;') ?? '', /^comment\.block/);
  assert.match(scopeAt('"text"', '"text"') ?? '', /^string/);
});

test('an instruction is a type and a name', () => {
  const instruction = new RegExp(grammar.repository.instruction?.match ?? '');
  assert.deepEqual(instruction.exec('i32.add')?.slice(1), ['i32', '.', 'add']);
  assert.deepEqual(instruction.exec('i8x16.swizzle')?.slice(1), ['i8x16', '.', 'swizzle']);
  assert.deepEqual(instruction.exec('memory.grow')?.slice(1), ['memory', '.', 'grow']);
});
