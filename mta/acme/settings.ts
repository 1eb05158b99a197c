// What the control files say of certificates that are fetched (RFC 8555): whether at all, from whom, for which names. Pure.
import { isCertificateName } from '../certificates/files.ts';
import { ControlError, type ControlFile, readLine, readLines } from '../control/reading.ts';

export interface AcmeSettings {
  /** The authority's directory; '' is off. */
  readonly acme: string;
  /** Addresses for mail of the authority. */
  readonly acmecontact: readonly string[];
  /** With 1, names that our pages need get certificates too (page-names.ts). */
  readonly acmedomains: number;
  /** The account at the authority's house to which ours belongs; undefined: none. */
  readonly acmeeab: ExternalAccount | undefined;
  /** A program that publishes TXT records; '' for none. */
  readonly acmehook: string;
  /** The names of each certificate; the first names it. */
  readonly acmenames: readonly (readonly string[])[];
}

/** RFC 8555 7.3.4: what the authority gave its customer. */
export interface ExternalAccount {
  readonly keyId: string;
  readonly key: Buffer;
}

export const acmeSettingNames = [
  'acme',
  'acmecontact',
  'acmedomains',
  'acmeeab',
  'acmehook',
  'acmenames',
] as const;

/** `KEYID KEY`, the key in base64url as authorities give it. */
export function readExternalAccount(file: ControlFile): ExternalAccount | undefined {
  const line = readLine(file) ?? '';
  if (line === '') return undefined;
  const [, keyId, text] = /^([!-~]{1,500})[ \t]+([A-Za-z0-9+/_-]{16,500}={0,2})$/.exec(line) ?? [];
  if (keyId === undefined || text === undefined)
    throw new ControlError(
      file.path,
      '...',
      'the key identifier and the HMAC key, with a blank between them',
    );
  return { keyId, key: Buffer.from(text, 'base64url') };
}

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
