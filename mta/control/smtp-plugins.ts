// control/smtpplugins of qmail-spp (spec/qmail.md 3.2): sections [connection] [helo] [mail] [rcpt] [pass] [data] [auth],
// under each one command a line; a `:` in front has /bin/sh run it. As in qmail-spp the first letter names the section.
import type { ControlFile } from './reading.ts';
import { readLines } from './reading.ts';

const sections = ['connection', 'helo', 'mail', 'rcpt', 'pass', 'data', 'auth'] as const;
export type PluginSection = (typeof sections)[number];

export type PluginList = Readonly<Record<PluginSection, readonly string[]>>;

/** Reads the file; undefined when it is missing. Commands outside of the sections do not count. */
export function readPlugins(file: ControlFile): PluginList | undefined {
  const lines = readLines(file);
  if (lines === undefined) return undefined;
  const list: Record<PluginSection, string[]> = {
    connection: [],
    helo: [],
    mail: [],
    rcpt: [],
    pass: [],
    data: [],
    auth: [],
  };
  let section: PluginSection | undefined;
  for (const line of lines) {
    if (line.startsWith('[')) section = sections.find((name) => name.startsWith(line[1] ?? ']'));
    else if (section !== undefined) list[section].push(line);
  }
  return list;
}
