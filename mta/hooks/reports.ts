// What programs in place of qmail-local and qmail-remote say, as qmail-lspawn and qmail-rspawn read it (spec/qmail.md 1.4).
// Pure. Where qmail would take a report that is not whole for a permanent failure, the mail waits here.
import { type Outcome, permanent, success, temporary } from '../outcome.ts';
import type { ProgramEnd } from '../programs.ts';

/** lspawn's own words for exit codes of its children. */
const localWords: Readonly<Record<number, string>> = {
  112: 'Internal qmail-lspawn bug.',
  113: 'Not allowed to perform deliveries as root.',
  115: 'NFS failure in qmail-local.',
  116: 'Unable to find alias user!',
  117: 'Trouble reading users/cdb in qmail-lspawn.',
  118: 'Temporary failure in qmail-lspawn.',
  119: 'Out of memory in qmail-lspawn.',
  120: 'Unable to run qmail-local.',
  121: 'Unable to run qmail-getpw.',
};

const stopping = (): Outcome => temporary('The mail system is stopping. (#4.3.2)');

/** Reports end with a line feed on the pipe; an Outcome's text does not. */
const textOf = (bytes: Buffer): string => bytes.toString('utf8').replace(/\n$/, '');

/** qmail-lspawn report(). */
export function reportOfLocal(end: ProgramEnd): Outcome {
  switch (end.kind) {
    case 'not run':
      return temporary('Unable to run qmail-local.');
    case 'crashed':
      return temporary('qmail-local crashed.');
    case 'timed out':
      return temporary(`qmail-local was ended after ${end.seconds} seconds. (#4.3.0)`);
    case 'stopped':
      return stopping();
    case 'exited': {
      const zero = end.output.indexOf(0);
      const text = textOf(zero < 0 ? end.output : end.output.subarray(0, zero));
      if (end.code === 0) return success(text);
      const words = localWords[end.code];
      if (words !== undefined) return temporary(words);
      if (end.code === 126) return permanent('Unable to run qmail-local.');
      return [111, 71, 74, 75].includes(end.code) ? temporary(text) : permanent(text);
    }
  }
}

/** qmail-rspawn report(): the report of the one recipient and that of the message become one. */
export function reportOfRemote(end: ProgramEnd): Outcome {
  switch (end.kind) {
    case 'not run':
      return temporary('Unable to run qmail-remote.');
    case 'crashed':
      return temporary('qmail-remote crashed.');
    case 'timed out':
      return temporary(`qmail-remote was ended after ${end.seconds} seconds. (#4.3.0)`);
    case 'stopped':
      return stopping();
    case 'exited':
      if (end.code === 111) return temporary('Unable to run qmail-remote.');
      if (end.code !== 0) return permanent('Unable to run qmail-remote.');
      if (end.output.length === 0) return temporary('qmail-remote produced no output.');
      return combineReports(end.output);
  }
}

function combineReports(output: Buffer): Outcome {
  const mangled = (): Outcome => temporary('qmail-remote produced a report that cannot be read. (#4.3.0)');
  const records = splitRecords(output);
  const [first, second] = records;
  const message = records.find(({ letter }) => 'KZD'.includes(letter));
  if (first === undefined) return mangled();
  const text = (withMessage: boolean): string => {
    const more = withMessage && second !== undefined && 'KZD'.includes(second.letter) ? second.text : '';
    return (first.text + more).replace(/\n$/, '');
  };
  switch (first.letter) {
    case 's':
      return temporary(text(message?.letter !== 'K'));
    case 'h':
      return permanent(text(message === undefined || message.letter === 'D'));
    case 'r':
    case 'K':
    case 'Z':
    case 'D':
      if (message === undefined) return mangled();
      return { code: message.letter as Outcome['code'], text: text(true) };
    default:
      return mangled();
  }
}

/** NUL-terminated records; what comes after the last NUL is none. */
function splitRecords(output: Buffer): { readonly letter: string; readonly text: string }[] {
  const records: { letter: string; text: string }[] = [];
  let at = 0;
  for (let end = output.indexOf(0); end >= 0; end = output.indexOf(0, at)) {
    records.push({
      letter: output.toString('latin1', at, Math.min(at + 1, end)),
      text: output.toString('utf8', at + 1, end),
    });
    at = end + 1;
  }
  return records;
}
