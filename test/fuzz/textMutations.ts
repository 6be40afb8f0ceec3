/** Changes to texts that have a grammar: JSON, WebAssembly text. */
import { mutateBytes } from './byteMutations.ts';
import type { Random } from './random.ts';

const TOKEN = /"(?:[^"\\]|\\.)*"|[\w.$+-]+|\s+|[^\s\w]/g;

/** Values that a reader of JSON did not expect there. */
const VALUES = [
  'null',
  'true',
  '-1',
  '1e999',
  '99999999999999999999',
  '0.5',
  '""',
  '[]',
  '{}',
  '[[[[[[]]]]]]',
  '"\\u0000"',
  '"\\ud800"',
  '"__proto__"',
  '"~/../.."',
  '"10GB"',
  '{"__proto__": {}}',
];

export function mutateText(text: string, random: Random, other: string, values: readonly string[] = VALUES): string {
  if (random.chance(4)) return decode(mutateBytes(encode(text), random, encode(other)));
  const tokens = text.match(TOKEN) ?? [];
  const others = other.match(TOKEN) ?? [];
  for (let changes = 1 + random.int(4); changes > 0; changes--) changeToken(tokens, others, random, values);
  return tokens.join('');
}

function changeToken(tokens: string[], others: readonly string[], random: Random, values: readonly string[]): void {
  const at = random.int(tokens.length);
  const length = 1 + random.int(1 << random.int(6));
  switch (random.int(6)) {
    case 0:
      tokens.splice(at, length);
      return;
    case 1:
      tokens.splice(at, 0, ...tokens.slice(at, at + length));
      return;
    case 2:
      tokens.splice(at, 1, random.pick(values));
      return;
    case 3:
      tokens.splice(at, 1, ...others.slice(random.int(others.length)).slice(0, length));
      return;
    case 4: {
      const [first] = tokens.splice(at, 1);
      if (first !== undefined) tokens.splice(random.int(tokens.length + 1), 0, first);
      return;
    }
    default:
      tokens.splice(at, 1, random.pick(tokens));
  }
}

export const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
export const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
