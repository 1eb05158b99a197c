// What the control files say of certificates that are fetched (RFC 8555): whether at all, from whom, for which names. Pure.
import { isCertificateName } from '../certificates/files.ts';
import { ControlError, type ControlFile, readLine, readLines } from '../control/reading.ts';

export interface AcmeSettings {
  /** The authority's directory; '' is off. */
  readonly acme: string;
  /** Addresses for mail of the authority. */
  readonly acmecontact: readonly string[];
  /** A program that publishes TXT records; '' for none. */
  readonly acmehook: string;
  /** The names of each certificate; the first names it. */
  readonly acmenames: readonly (readonly string[])[];
}

export const acmeSettingNames = ['acme', 'acmecontact', 'acmehook', 'acmenames'] as const;

export const readAcmeDirectory = (file: ControlFile): string => {
  const line = readLine(file) ?? '';
  if (line !== '' && (!/^https:\/\/[\x21-\x7e]+$/.test(line) || !URL.canParse(line)))
    throw new ControlError(file.path, line, 'the https address of an ACME directory, or nothing');
  return line;
};

export const readAcmeContact = (file: ControlFile): readonly string[] =>
  (readLines(file) ?? []).map((line) => {
    if (!/^[\x21-\x7e]+@[\x21-\x7e]+$/.test(line) || /[,?]/.test(line))
      throw new ControlError(file.path, line, 'a mail address');
    return line;
  });

export const readAcmeHook = (file: ControlFile): string => {
  const line = readLine(file) ?? '';
  if (line !== '' && !line.startsWith('/'))
    throw new ControlError(file.path, line, 'the whole path of a program');
  return line;
};

export function readAcmeNames(file: ControlFile): readonly (readonly string[])[] {
  const lines = readLines(file) ?? (file.me === undefined ? [] : [file.me]);
  return lines.map((line) => {
    const names = [...new Set(line.toLowerCase().split(/[ \t]+/))].filter((name) => name !== '');
    const wrong = names.find((name) => !isCertificateName(name));
    if (wrong !== undefined || names.length === 0 || names.length > 100)
      throw new ControlError(
        file.path,
        wrong ?? line,
        'host names or *.example.com, 100 at most, with blanks between them',
      );
    return names;
  });
}
