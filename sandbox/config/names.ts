/** Reads the lists of plain names in a configuration: addresses of the network, environment variables, choices and seeds. */
import { dotted, type JsonPath } from './configDocument.ts';
import type { Findings } from './findings.ts';
import type { ProblemCode } from './problem.ts';
import { schemaAt } from './schema.ts';

export class NameReader {
  readonly #findings: Findings;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** `host:port` entries; those without a port are problems and not granted. */
  addresses(list: 'allow' | 'listen'): readonly string[] {
    return this.#list(['network', list], 'bad-address', (text, field) => {
      const port = /:(\d{1,5})$/.exec(text)?.[1];
      if (matches(['network', list, 0], text) && port !== undefined && Number(port) >= 1 && Number(port) <= 65535) {
        return undefined;
      }
      const example = list === 'allow' ? 'api.example.com:443' : '127.0.0.1:8080';
      const meant = addressFor(list, text);
      const todo = meant ? `Write "${meant}".` : `Write it as host:port, such as "${example}".`;
      return {
        message: `"${field}": ${JSON.stringify(text.slice(0, 80))} is not an address with a port. ${todo}`,
        meant,
      };
    });
  }

  /** Names of environment variables. */
  variables(): readonly string[] {
    return this.#list(['env'], 'bad-name', (text, field) => {
      if (matches(['env', 0], text)) return undefined;
      const meant = /^([^=\0]+)=/.exec(text)?.[1];
      const todo = meant
        ? `Write just "${meant}": its value comes from the environment.`
        : 'Write a name, such as "LANG".';
      return {
        message: `"${field}": ${JSON.stringify(text.slice(0, 80))} is not the name of a variable. ${todo}`,
        meant,
      };
    });
  }

  /** One of the schema's enumerated words, or its default. */
  choice<T extends string>(path: JsonPath): T {
    const schema = schemaAt(path);
    const written = this.#findings.document.value(path);
    return (schema?.enum?.includes(written) ? written : schema?.default) as T;
  }

  random(): 'real' | number {
    const written = this.#findings.document.value(['random']);
    const most = schemaAt(['random'])?.maximum ?? 0;
    return typeof written === 'number' && Number.isInteger(written) && written >= 0 && written <= most
      ? written
      : 'real';
  }

  #list(path: JsonPath, code: ProblemCode, check: Check): readonly string[] {
    const names = new Set<string>();
    for (let index = 0; index < this.#findings.document.count(path) && !this.#findings.full; index++) {
      const item = [...path, index];
      const text = this.#findings.document.value(item);
      if (typeof text !== 'string') continue;
      const fault = check(text, dotted(item));
      if (fault) this.#findings.error(item, code, fault.message, this.#findings.change(item, fault.meant));
      else if (names.has(text)) this.#findings.repeated(item, dotted(item));
      else names.add(text);
    }
    return [...names];
  }
}

type Check = (text: string, field: string) => Fault | undefined;

interface Fault {
  readonly message: string;
  readonly meant: string | undefined;
}

function matches(path: JsonPath, text: string): boolean {
  return new RegExp(schemaAt(path)?.pattern ?? '(?!)').test(text);
}

/** The address that a URL, a bare host name or a name with a wildcard stands for. */
function addressFor(list: 'allow' | 'listen', text: string): string | undefined {
  const match = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^\s/:[\]]+)(?::(\d{1,5}))?(?:\/.*)?$/i.exec(text.slice(0, 300));
  const [, scheme, host, port] = match ?? [];
  if (host === undefined) return undefined;
  const usual = list === 'listen' ? 8080 : scheme?.toLowerCase() === 'http' ? 80 : 443;
  const number = Number(port ?? usual);
  const address = `${host.replace(/^\*(?=\.)/, '')}:${number}`;
  return number >= 1 && number <= 65535 && matches(['network', list, 0], address) ? address : undefined;
}
