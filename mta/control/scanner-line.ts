// control/rspamd, control/spamd and control/clamd: where a scanner of letters answers, and options behind it, in one line.
// The address is HOST:PORT, [IPV6]:PORT or the absolute path of a Unix socket. Pure.
import { parseHostPort } from './network.ts';
import type { ControlFile } from './reading.ts';
import { ControlError, readLine } from './reading.ts';

export type ScannerAddress = { readonly host: string; readonly port: number } | { readonly path: string };

export interface ScannerLine {
  readonly address: ScannerAddress;
  /** A letter that could not be scanned is put off, not taken. */
  readonly defers: boolean;
  /** What it finds counts as points, whatever it says is to be done. */
  readonly onlyPoints: boolean;
  /** A virus is put into the junk folder. */
  readonly onlyJunk: boolean;
  /** Seconds for a whole letter. */
  readonly seconds: number;
  /** Larger letters are not scanned. */
  readonly bytes: number;
}

export type ScannerOption = 'defer' | 'points' | 'junk' | 'seconds' | 'bytes';

export interface ScannerUsual {
  readonly seconds: number;
  readonly bytes: number;
  readonly options: readonly ScannerOption[];
}

const MOST_SECONDS = 120;
const MOST_BYTES = 1_000_000_000;

function parseAddress(text: string): ScannerAddress | undefined {
  if (/^\/[\x21-\x7e]{1,100}$/.test(text)) return { path: text };
  const place = parseHostPort(text);
  return place !== undefined && place.port > 0 ? place : undefined;
}

/** A reader of such a file; undefined: no scanner. @throws ControlError */
export const readScanner =
  (usual: ScannerUsual) =>
  (file: ControlFile): ScannerLine | undefined => {
    const line = readLine(file) ?? '';
    if (line === '') return undefined;
    const [place = '', ...options] = line.trim().split(/[ \t]+/);
    const address = parseAddress(place);
    const flags = new Set<string>();
    const numbers = { seconds: usual.seconds, bytes: usual.bytes };
    const fits = options.every((option) => {
      const [, name = option, digits] = /^(seconds|bytes)=([0-9]{1,10})$/.exec(option) ?? [];
      if (!usual.options.some((each) => each === name)) return false;
      if (digits === undefined) {
        flags.add(name);
        return name !== 'seconds' && name !== 'bytes';
      }
      const number = Number(digits);
      if (name === 'seconds') numbers.seconds = number;
      else numbers.bytes = number;
      return number > 0 && number <= (name === 'seconds' ? MOST_SECONDS : MOST_BYTES);
    });
    if (address === undefined || !fits)
      throw new ControlError(
        file.path,
        line,
        `HOST:PORT or the path of a socket, then ${usual.options.map((each) => (each === 'seconds' || each === 'bytes' ? `${each}=NUMBER` : each)).join(' ')} as wanted`,
      );
    return {
      address,
      defers: flags.has('defer'),
      onlyPoints: flags.has('points'),
      onlyJunk: flags.has('junk'),
      ...numbers,
    };
  };
