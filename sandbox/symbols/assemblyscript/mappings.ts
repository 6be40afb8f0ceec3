/**
 * The compiler's source map as sorted arrays. Its one generated line is the module, its columns are byte offsets
 * from the module's start. An entry without a source says that the code from there on belongs to no line.
 */
import { SourceMapConsumer } from 'source-map';
import type { ModuleOffset } from '../../wasm/offsets.ts';
import { printableName } from '../../wasm/printable.ts';

export interface Mapping {
  readonly offset: ModuleOffset;
  /** Index into the map's sources; undefined where the code belongs to no line. Lines and columns are 0-based. */
  readonly place: { readonly source: number; readonly line: number; readonly column: number } | undefined;
}

export interface SourceMap {
  readonly sources: readonly { readonly path: string; readonly content: string | undefined }[];
  /** Sorted by offset, one for each. */
  readonly mappings: readonly Mapping[];
}

/** Characters: parsers quote what they could not read. */
const longestReason = 300;

/** @throws {Error} the text is no source map */
export async function readSourceMap(text: string): Promise<SourceMap> {
  try {
    return await decode(text);
  } catch (error) {
    const reason = printableName(String(error), longestReason);
    throw new Error(`The AssemblyScript compiler's source map cannot be read: ${reason}`, { cause: error });
  }
}

async function decode(text: string): Promise<SourceMap> {
  const map = JSON.parse(text) as { sources?: unknown; sourcesContent?: unknown; mappings?: unknown } | null;
  if (!Array.isArray(map?.sources) || typeof map.mappings !== 'string') throw new Error('no sources, or no mappings');
  const contents: readonly unknown[] = Array.isArray(map.sourcesContent) ? map.sourcesContent : [];
  const sources = map.sources.map((path: unknown, index) => {
    const content = contents[index];
    return { path: printableName(String(path)), content: typeof content === 'string' ? content : undefined };
  });
  // The consumer takes names of sources for URLs and rewrites them: numbers come through unharmed.
  const numbered = {
    version: 3,
    file: '',
    names: [],
    sources: sources.map((_, index) => String(index)),
    mappings: map.mappings,
  };
  const mappings: Mapping[] = [];
  await SourceMapConsumer.with(numbered, null, (consumer) => {
    consumer.eachMapping(({ generatedColumn, source, originalLine, originalColumn }) => {
      const place =
        source === null || originalLine === null
          ? undefined
          : { source: Number(source), line: originalLine - 1, column: originalColumn };
      if (mappings.at(-1)?.offset === generatedColumn) mappings.pop();
      mappings.push({ offset: generatedColumn, place });
    });
  });
  return { sources, mappings: mappings.sort((a, b) => a.offset - b.offset) };
}

/** Index of the first mapping at or after an offset. */
export function firstMappingFrom(mappings: readonly Mapping[], offset: ModuleOffset): number {
  let low = 0;
  let high = mappings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((mappings[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
