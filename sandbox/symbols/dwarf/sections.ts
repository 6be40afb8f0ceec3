/** The debug sections of one module, empty where absent. */
import { createSection, type Section } from './cursor.ts';

const NAMES = {
  info: '.debug_info',
  abbrev: '.debug_abbrev',
  str: '.debug_str',
  strOffsets: '.debug_str_offsets',
  line: '.debug_line',
  lineStr: '.debug_line_str',
  ranges: '.debug_ranges',
  rnglists: '.debug_rnglists',
  loc: '.debug_loc',
  loclists: '.debug_loclists',
  addr: '.debug_addr',
} as const;

export type Sections = { readonly [name in keyof typeof NAMES]: Section };

export function findSections(contents: (name: string) => Uint8Array | undefined): Sections {
  const section = (name: string): Section => createSection(name, contents(name) ?? new Uint8Array(0));
  return {
    info: section(NAMES.info),
    abbrev: section(NAMES.abbrev),
    str: section(NAMES.str),
    strOffsets: section(NAMES.strOffsets),
    line: section(NAMES.line),
    lineStr: section(NAMES.lineStr),
    ranges: section(NAMES.ranges),
    rnglists: section(NAMES.rnglists),
    loc: section(NAMES.loc),
    loclists: section(NAMES.loclists),
    addr: section(NAMES.addr),
  };
}
