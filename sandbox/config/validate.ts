/**
 * Checks a document against the schema and says what does not fit in our own words, at the place in the text.
 * Quantities are left to the reader of limits, which can say more about them.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { type ConfigDocument, dotted, type JsonPath, pointer } from './configDocument.ts';
import type { Findings } from './findings.ts';
import { nearest } from './nearest.ts';
import type { ConfigProblem, Suggestion } from './problem.ts';
import { configSchema, type SchemaNode } from './schema.ts';

/** Report everything that the schema alone can find. */
export function validate(findings: Findings): void {
  const { document } = findings;
  for (const { path, range, property } of document.repeatedKeys()) {
    findings.add({
      range,
      path: pointer(path),
      severity: 'warning',
      message: `"${path.at(-1)}" is written again further down, and the later one counts. Remove one of them.`,
      code: 'duplicate-key',
      suggestion: { title: 'Take this one out', edit: { ...property, text: '' } },
    });
  }
  const check = validator();
  if (check(document.value([]))) return;
  for (const error of check.errors ?? []) {
    if (findings.full) return;
    const problem = describe(findings, error);
    if (problem) findings.add(problem);
  }
}

let compiled: ValidateFunction | undefined;

/** Compiling the schema takes some 20 ms: done once, when first needed. */
function validator(): ValidateFunction {
  compiled ??= new Ajv({ allErrors: true, verbose: true, strict: false }).compile(configSchema);
  return compiled;
}

function describe(findings: Findings, error: ErrorObject): ConfigProblem | undefined {
  const { document } = findings;
  const path = pathOf(error.instancePath, document);
  const schema = error.parentSchema as SchemaNode | undefined;
  if (error.keyword === 'additionalProperties') {
    return unknownKey(document, [...path, String(error.params.additionalProperty)], schema);
  }
  if (schema?.unit && ['pattern', 'minimum', 'maximum'].includes(error.keyword)) return undefined;
  if (ADDRESS_OR_NAME.test(error.instancePath) && error.keyword === 'pattern') return undefined;
  const suggestion = suggestValue(findings, path, schema);
  return {
    range: document.range(path),
    path: pointer(path),
    severity: 'error',
    message: messageFor(document, path, error),
    code: 'wrong-value',
    ...(suggestion && { suggestion }),
  };
}

/** Their readers know what was meant, and report it. */
const ADDRESS_OR_NAME = /^\/(network\/(allow|listen)|env)\/\d+$/;

function messageFor(document: ConfigDocument, path: JsonPath, error: ErrorObject): string {
  const field = path.length === 0 ? 'A sandbox.json' : `"${dotted(path)}"`;
  if (error.keyword === 'required') {
    const missing = String(error.params.missingProperty);
    return `${field} has no "${missing}". Add "${missing}", as in { "host": "./data", "guest": "/data" }.`;
  }
  const schema = error.parentSchema as SchemaNode | undefined;
  const value = document.value(path);
  return `${field} must be ${schema?.errorMessage ?? 'something else'}. It is ${shown(value)}.`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function unknownKey(document: ConfigDocument, path: JsonPath, schema: SchemaNode | undefined): ConfigProblem {
  const key = String(path.at(-1));
  const known = Object.keys(schema?.properties ?? {});
  const range = document.keyRange(path);
  const meant = nearest(key, known);
  const where = path.length > 1 ? `"${dotted(path.slice(0, -1))}"` : 'a sandbox.json';
  const hint = meant
    ? `Did you mean "${meant}"?`
    : `Known are ${known.filter((name) => name !== '$schema').join(', ')}.`;
  return {
    range,
    path: pointer(path),
    severity: 'error',
    message: `"${key.slice(0, 60)}" is not a setting of ${where}. ${hint}`,
    code: 'unknown-key',
    ...(meant && {
      suggestion: { title: `Change to "${meant}"`, edit: { ...range, text: JSON.stringify(meant) } },
    }),
  };
}

/** The nearest of an enumeration's values; a list around a lone value where a list is wanted. */
function suggestValue(findings: Findings, path: JsonPath, schema: SchemaNode | undefined): Suggestion | undefined {
  const value = findings.document.value(path);
  if (typeof value !== 'string') return undefined;
  if (schema?.type === 'array') return findings.change(path, [value]);
  if (schema?.type === 'boolean' && /^(true|false)$/i.test(value)) return findings.change(path, /^true$/i.test(value));
  if (schema?.type === 'integer' && /^\d{1,9}$/.test(value)) return findings.change(path, Number(value));
  const words = (schema?.enum ?? []).filter((word) => typeof word === 'string');
  const meant = nearest(value, words);
  return findings.change(path, meant);
}

/** Ajv gives JSON pointers; digits are indexes only inside lists. */
function pathOf(instancePath: string, document: ConfigDocument): JsonPath {
  const path: (string | number)[] = [];
  for (const part of instancePath.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(document.node(path)?.type === 'array' ? Number(name) : name);
  }
  return path;
}
