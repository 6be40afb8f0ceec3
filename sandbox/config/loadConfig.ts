/**
 * Reads a `sandbox.json`, or the same thing as an object, into a configuration to run with. It never throws: whatever is
 * broken comes back as problems beside a configuration that grants nothing for the broken part.
 */
import type { SandboxConfig } from './config.ts';
import { ConfigDocument } from './configDocument.ts';
import { Findings } from './findings.ts';
import { GrantReader } from './grants.ts';
import { LimitReader } from './limits.ts';
import { NameReader } from './names.ts';
import type { PathProbe } from './pathProbe.ts';
import type { ConfigProblem } from './problem.ts';
import { validate } from './validate.ts';

export interface ConfigContext {
  /** Absolute path of the folder that relative paths start from: the one with the `sandbox.json`. */
  readonly folder: string;
  readonly probe: PathProbe;
  /** Absolute path of the configuration file itself, when it comes from one. */
  readonly file?: string;
  /** What is known of the module that will run. */
  readonly module?: { /** Bytes. */ readonly minimumMemory: number };
}

export interface LoadedConfig {
  readonly config: SandboxConfig;
  /** In the order of the text. With an `error` among them, do not run. */
  readonly problems: readonly ConfigProblem[];
}

/** Read a configuration from its text, or from an object (whose problems point into its JSON text). */
export function loadConfig(input: string | object, context: ConfigContext): LoadedConfig {
  const text = typeof input === 'string' ? input : textOf(input);
  const document = new ConfigDocument(text ?? '{}');
  const findings = new Findings(document);
  if (text === undefined) {
    findings.error([], 'wrong-value', 'The configuration is not plain data. Pass an object that JSON can hold.');
  }
  for (const { code, message, offset, length } of document.faults) {
    findings.add({ range: { offset, length }, path: '', severity: 'error', message, code });
  }
  if (document.root) validate(findings);
  return { config: read(findings, context), problems: findings.problems() };
}

/** What holds when there is no `sandbox.json` at all: the usual limits, and nothing granted. */
export function defaultConfig(context: ConfigContext): SandboxConfig {
  return loadConfig('{}', context).config;
}

function read(findings: Findings, context: ConfigContext): SandboxConfig {
  const limits = new LimitReader(findings);
  const grants = new GrantReader(findings, { ...context, file: context.file });
  const names = new NameReader(findings);
  return {
    memory: limits.memory(context.module?.minimumMemory),
    timeout: limits.timeout(),
    fuel: limits.fuel(),
    maxCallDepth: limits.maxCallDepth(),
    maxOutput: limits.quantity(['maxOutput']),
    filesystem: {
      read: grants.grants('read'),
      write: grants.grants('write'),
      temp: findings.document.value(['filesystem', 'temp']) === true,
      overlay: findings.document.value(['filesystem', 'overlay']) === true,
      maxFileSize: limits.quantity(['filesystem', 'maxFileSize']),
      maxTotalWritten: limits.quantity(['filesystem', 'maxTotalWritten']),
      maxOpenFiles: limits.wholeNumber(['filesystem', 'maxOpenFiles']),
    },
    network: {
      allow: names.addresses('allow'),
      listen: names.addresses('listen'),
      maxConnections: limits.wholeNumber(['network', 'maxConnections']),
      maxResponseSize: limits.quantity(['network', 'maxResponseSize']),
      timeout: limits.timeout(['network', 'timeout']),
    },
    env: names.variables(),
    clock: names.choice(['clock']),
    random: names.random(),
    wasi: names.choice(['wasi']),
    sources: grants.sources(),
    toolchain: names.choice(['toolchain']),
  };
}

/** undefined: it has cycles, or values that JSON cannot hold. */
function textOf(input: object): string | undefined {
  try {
    return JSON.stringify(input, null, 2);
  } catch {
    return undefined;
  }
}
