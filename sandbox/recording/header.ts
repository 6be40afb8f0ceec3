/** Whether what stands in the first block says what a recording's header has to say. It may come from anywhere. */
import type { RecordedPart, RecordingHeader, Redaction } from './format.ts';
import { REDACTIONS } from './format.ts';

type Fields = Readonly<Record<string, unknown>>;

export function isHeader(value: unknown): value is RecordingHeader {
  if (!isObject(value)) return false;
  const { module, engine, args, env, file, build, parts, redacted, config, entry } = value;
  return (
    isModule(module) &&
    isObject(engine) &&
    areTexts(engine.node, engine.v8, engine.architecture) &&
    isListOf(args, isText) &&
    isListOf(env, isText) &&
    isObject(config) &&
    isObject(entry) &&
    (file === undefined || isText(file)) &&
    (build === undefined || isBuild(build)) &&
    (redacted === undefined || isListOf(redacted, isRedaction)) &&
    (parts === undefined || isListOf(parts, isPart))
  );
}

function isModule(value: unknown): boolean {
  return isObject(value) && areTexts(value.name, value.sha256) && isCount(value.bytes);
}

const LANGUAGES: readonly unknown[] = ['c', 'assemblyscript', 'wat', 'wasm'];

function isBuild(value: unknown): boolean {
  if (!isObject(value) || !LANGUAGES.includes(value.language)) return false;
  return (
    areTexts(value.version, value.toolchain) && isListOf(value.arguments, isText) && isListOf(value.exports, isText)
  );
}

function isPart(value: unknown): value is RecordedPart {
  if (!isObject(value) || !isCount(value.bytes)) return false;
  const { kind, path } = value;
  return kind === 'module' || kind === 'debug' || (kind === 'source' && isText(path));
}

function isRedaction(value: unknown): value is Redaction {
  return (REDACTIONS as readonly unknown[]).includes(value);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, is: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}

function areTexts(...values: readonly unknown[]): boolean {
  return values.every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
