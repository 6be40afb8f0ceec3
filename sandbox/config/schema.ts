/**
 * The one description of `sandbox.json`, as a JSON schema (draft-07). Validation, defaults, completion and hover all
 * come from it. Beside the standard keywords: `unit` says how a quantity is read (`units.ts`), `path` what a path must be,
 * `errorMessage` ends the sentence "`field` is not …", `markdownDescription` is what hovering shows.
 */
import { FORMS, UNIT_NOTES, UNIT_PATTERNS, type Unit } from './units.ts';

export interface SchemaNode {
  readonly $schema?: string;
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly markdownDescription?: string;
  readonly errorMessage?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly markdownEnumDescriptions?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: SchemaNode;
  readonly unit?: Unit;
  readonly path?: 'file' | 'folder';
  readonly allowComments?: boolean;
  readonly allowTrailingCommas?: boolean;
}

/** What no name of a host has (WHATWG URL, forbidden host code points); `*` is how others write what is a leading dot here. */
const hostName = String.raw`[^\s/:\[\]@?#%\\^|<>*.][^\s/:\[\]@?#%\\^|<>*]*`;
const hostAddress = String.raw`\[[0-9a-fA-F:.]+\]`;
/** `host:port`. */
const addressPattern = `^(${hostAddress}|${hostName}):[0-9]{1,5}$`;
/** A leading dot: all names below. Addresses have none below them. */
const grantedAddressPattern = String.raw`^(${hostAddress}|(\.(?![\d.]+:))?${hostName}):[0-9]{1,5}$`;

const pathGrant: SchemaNode = {
  type: ['string', 'object'],
  minLength: 1,
  path: 'folder',
  description:
    'A folder or a file, relative to this file; or { "host", "guest" } to show it to the program under another path.',
  markdownDescription:
    'A folder or a file, relative to this file. The program sees it under the same relative path.\n\n`{ "host": "./data", "guest": "/data" }` shows it under another path.',
  errorMessage: 'a path: write "./data", or { "host": "./data", "guest": "/data" }',
  properties: {
    host: {
      type: 'string',
      minLength: 1,
      path: 'folder',
      description: 'The folder or file on this machine, relative to this file.',
      errorMessage: 'a path, such as "./data"',
    },
    guest: {
      type: 'string',
      minLength: 1,
      description: 'The path under which the program sees the folder.',
      errorMessage: 'a path, such as "/data"',
      examples: ['/data'],
    },
  },
  required: ['host'],
  additionalProperties: false,
};

const filesystem: SchemaNode = {
  type: 'object',
  description: 'Folders and files that the program may use. Without grants it sees no file at all.',
  markdownDescription: 'Folders that the program may use. Without grants it sees **no file at all**.',
  errorMessage: 'an object, such as { "read": ["./data"] }',
  default: {},
  additionalProperties: false,
  properties: {
    read: {
      type: 'array',
      items: pathGrant,
      default: [],
      examples: [['./data']],
      description: 'Folders and files that the program may read, folders with all that is in them.',
      errorMessage: 'a list of paths, such as ["./data"]',
    },
    write: {
      type: 'array',
      items: pathGrant,
      default: [],
      examples: [['./out']],
      description: 'Folders in which the program may create, change and delete files.',
      errorMessage: 'a list of paths, such as ["./out"]',
    },
    temp: {
      type: 'boolean',
      default: false,
      description: 'Whether the program gets an empty folder of its own at /tmp, deleted when it ends.',
      errorMessage: 'true or false',
    },
    overlay: {
      type: 'boolean',
      default: false,
      description:
        'Whether what the program writes stays in memory: it sees its own changes, and the files of this machine are untouched.',
      errorMessage: 'true or false',
    },
    maxFileSize: quantity('size', '16MB', ['1MB', '16MB', '1GB'], 'How large a file may become by writing.'),
    maxTotalWritten: quantity('size', '256MB', ['16MB', '256MB'], 'How many bytes the program may write in all.'),
    maxOpenFiles: {
      type: 'integer',
      minimum: 0,
      maximum: 65536,
      default: 64,
      description: 'How many files and folders may be open at the same time.',
      errorMessage: 'a whole number from 0 to 65536',
    },
  },
};

const network: SchemaNode = {
  type: 'object',
  description: 'Addresses that the program may connect to. Without grants there is no network.',
  markdownDescription: 'Addresses that the program may connect to. Without grants there is **no network**.',
  errorMessage: 'an object, such as { "allow": ["api.example.com:443"] }',
  default: {},
  additionalProperties: false,
  properties: {
    allow: {
      type: 'array',
      default: [],
      examples: [['api.example.com:443']],
      description: 'Addresses as host:port. A port is always needed; ".example.com:443" stands for all subdomains.',
      markdownDescription:
        'Addresses as `host:port`. A port is always needed.\n\n`.example.com:443` stands for all subdomains of example.com. Addresses of this machine and of private networks are reached only where they are listed themselves: `localhost:8080`, `10.0.0.5:443`.',
      errorMessage: 'a list of addresses, such as ["api.example.com:443"]',
      items: {
        type: 'string',
        pattern: grantedAddressPattern,
        examples: ['api.example.com:443', '.example.com:443', 'localhost:8080'],
        description: 'Host name or address, and port. A leading dot: all names below it.',
        errorMessage: 'an address with a port, such as "api.example.com:443"',
      },
    },
    listen: {
      type: 'array',
      default: [],
      examples: [['127.0.0.1:8080']],
      description: 'Addresses on which the program may accept connections. They are open when it starts.',
      markdownDescription:
        'Addresses on which the program may accept connections. They are open when it starts: descriptor 5 is the first one.',
      errorMessage: 'a list of addresses, such as ["127.0.0.1:8080"]',
      items: {
        type: 'string',
        pattern: addressPattern,
        examples: ['127.0.0.1:8080'],
        description: 'Address of this machine, and port.',
        errorMessage: 'an address with a port, such as "127.0.0.1:8080"',
      },
    },
    maxResponseSize: quantity('size', '16MB', ['1MB', '16MB'], 'How large the body of one response may be.'),
    timeout: quantity('duration', '30s', ['5s', '30s'], 'How long one request may take.'),
    maxConnections: {
      type: 'integer',
      minimum: 0,
      maximum: 65536,
      default: 4,
      description: 'How many connections may be open at the same time.',
      errorMessage: 'a whole number from 0 to 65536',
    },
  },
};

export const configSchema: SchemaNode = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Wasm Sandbox',
  description: 'What a program may use while it runs in the sandbox. Nothing listed is nothing granted.',
  type: 'object',
  errorMessage: 'an object: write { } to grant nothing',
  allowComments: true,
  allowTrailingCommas: true,
  additionalProperties: false,
  properties: {
    $schema: { type: 'string', description: 'Where editors find the schema of this file. It has no other effect.' },
    memory: quantity(
      'size',
      '64MB',
      ['16MB', '64MB', '256MB', '1GB'],
      'The most linear memory that the program may have: at its start or by growing.',
    ),
    timeout: quantity(
      'duration',
      '30s',
      ['500ms', '30s', '2m'],
      'How long the program may run. Time spent stopped in the debugger does not count.',
    ),
    fuel: {
      ...quantity(
        'count',
        'unlimited',
        ['unlimited', '1G', '10G'],
        'How many WebAssembly instructions may be executed.',
      ),
      pattern: `^unlimited$|${UNIT_PATTERNS.count}`,
      errorMessage: `${FORMS.count}, or "unlimited"`,
    },
    maxCallDepth: {
      type: 'integer',
      minimum: 0,
      maximum: 1_000_000,
      default: 10000,
      examples: [10000],
      description: 'How many calls may be nested before the program is stopped with a stack overflow.',
      errorMessage: 'a whole number from 1 to 1000000',
    },
    maxOutput: quantity(
      'size',
      '64MB',
      ['1MB', '64MB', '1GB'],
      'How many bytes the program may write to its standard output and error together.',
    ),
    filesystem,
    network,
    env: {
      type: 'array',
      default: [],
      examples: [['LANG']],
      description: 'Names of environment variables that are passed on to the program. Others do not exist for it.',
      errorMessage: 'a list of names, such as ["LANG"]',
      items: {
        type: 'string',
        pattern: '^[^=\\u0000]+$',
        description: 'Name of an environment variable.',
        errorMessage: 'the name of an environment variable, such as "LANG"',
      },
    },
    clock: {
      type: 'string',
      enum: ['real', 'frozen'],
      default: 'real',
      description: 'Whether the program sees the real time, or a clock that stands still.',
      markdownEnumDescriptions: ['The time of this machine.', 'A clock that stands still: every run is the same.'],
      errorMessage: '"real" or "frozen"',
    },
    random: {
      type: ['string', 'integer'],
      pattern: '^real$',
      minimum: 0,
      maximum: 0xffff_ffff,
      default: 'real',
      examples: ['real', 1],
      description: 'Where random bytes come from: the system, or a seed that makes every run the same.',
      errorMessage: '"real", or a seed: a whole number from 0 to 4294967295',
    },
    wasi: {
      type: 'string',
      enum: ['builtin', 'wasmer'],
      default: 'builtin',
      description: "Who answers the program's system calls (WASI).",
      markdownEnumDescriptions: [
        'The complete implementation that comes with the sandbox.',
        'The package `@wasmer/wasi` 1.2.2, for programs that are shipped on it. It has limits: see docs/wasmer-wasi.md.',
      ],
      errorMessage: '"builtin" or "wasmer"',
    },
    sources: {
      type: 'array',
      default: [],
      examples: [['./main.c', './list.c']],
      description: 'C sources of the program, relative to this file. Without them it is just the file that is run.',
      errorMessage: 'a list of source files, such as ["./main.c", "./list.c"]',
      items: {
        type: 'string',
        minLength: 1,
        path: 'file',
        description: 'A C source file, relative to this file.',
        errorMessage: 'the path of a source file',
      },
    },
    toolchain: {
      type: 'string',
      enum: ['embedded', 'system'],
      default: 'embedded',
      description: 'Which C compiler builds the program.',
      markdownEnumDescriptions: ['The compiler that comes with the sandbox.', 'The `clang` of this machine.'],
      errorMessage: '"embedded" or "system"',
    },
  },
};

/** Schema at a path of property names; a number stands for the items of a list. */
export function schemaAt(path: readonly (string | number)[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = configSchema;
  for (const segment of path) {
    if (typeof segment === 'number') node = node?.items;
    else node = node?.properties && Object.hasOwn(node.properties, segment) ? node.properties[segment] : undefined;
  }
  return node;
}

function quantity(unit: Unit, byDefault: string, examples: readonly string[], description: string): SchemaNode {
  return {
    type: ['string', 'integer'],
    unit,
    pattern: UNIT_PATTERNS[unit],
    minimum: 0,
    default: byDefault,
    examples,
    description,
    markdownDescription: `${description}\n\nDefault: \`"${byDefault}"\`. ${UNIT_NOTES[unit]}`,
    errorMessage: FORMS[unit],
  };
}
