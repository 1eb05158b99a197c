// The table of settings in docs/admin-guide.md, made from the program's own table, so that the guide cannot lie.
// Pure. A test compares the guide with it.
import { settingTable } from './definitions.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** Markdown rows with a heading; each line ends in a line feed. */
export function renderSettingsTable(): string {
  const rows = settingTable.map(({ name, kind, default: usual, readers, meaning, qmail }) => {
    const cells = [`\`${name}\``, meaning, kind, usual, readers, qmail ? 'yes' : 'no'];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  return [
    '| file | meaning | form | default | read by | in qmail |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
