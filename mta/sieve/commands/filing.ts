// Actions that store the letter, send it on or drop it (RFC 5228 4): keep, fileinto, redirect, discard; with :copy (RFC
// 3894), :flags (RFC 5232 5), :create (RFC 5490 3.2), :specialuse (RFC 8579 4) and the DSN tags of redirect (RFC 6009).
import { type CommandDefinition, type Extension, step } from '../definitions.ts';
import type { Checking } from '../language/checking.ts';
import type { Call, TagDefinition } from '../language/signature.ts';
import { quoted, ScriptError } from '../language/source.ts';
import type { Text } from '../language/text.ts';
import { readOneAddress } from '../letter/addresses.ts';
import { decodeHeaderText } from '../letter/words.ts';
import type { Run } from '../run-state.ts';
import { flagsTag, readFlags } from './flag-lists.ts';

const copyTag: TagDefinition = { name: 'copy', capability: 'copy' };

const keep: CommandDefinition = {
  name: 'keep',
  signature: { tags: [flagsTag] },
  check: (call) => {
    const flags = readFlags(call);
    return step(call, (run) => {
      run.actions.add({ type: 'keep', flags: flags(run), edits: run.letter.edits, implicit: false });
      run.actions.cancelKeep();
    });
  },
};

const discard: CommandDefinition = {
  name: 'discard',
  signature: {},
  check: (call) =>
    step(call, (run) => {
      run.actions.add({ type: 'discard' });
      run.actions.cancelKeep();
    }),
};

/** Longest name of a folder, in UTF-8. */
const MOST_NAME_BYTES = 1000;

/** A folder's name that may be handed on; else what is wrong. */
function badName(name: string): string | undefined {
  if (name === '') return 'found a folder without a name; expected one';
  if (Buffer.byteLength(name) > MOST_NAME_BYTES)
    return `found the name of a folder with more than ${MOST_NAME_BYTES} bytes; expected a shorter one`;
  if (/[\x00-\x1f\x7f]/.test(name))
    return `found ${quoted(name)} as the name of a folder; expected no control characters`;
  if (name.includes('\ufffd')) return `found ${quoted(name)} as the name of a folder; expected text in UTF-8`;
  return undefined;
}

/** The name of a folder: checked at once where it can be, else in the run. */
export function readMailboxName(text: Text | undefined, checking: Checking): (run: Run) => string {
  const bad = text?.constant === undefined ? undefined : badName(text.constant);
  if (bad !== undefined) checking.fault(text!.at, bad);
  return (run) => {
    const name = text?.valueIn(run) ?? '';
    const wrong = badName(name);
    if (wrong !== undefined) throw new ScriptError(wrong);
    return name;
  };
}

/** RFC 8579 4 and RFC 6154 2: an attribute, with its backslash. */
export function readSpecialUse(text: Text | undefined, checking: Checking): (run: Run) => string | undefined {
  if (text === undefined) return () => undefined;
  const isUse = (use: string): boolean => /^\\[A-Za-z][A-Za-z0-9_-]{0,60}$/.test(use);
  const message = (use: string): string =>
    `found the special use ${quoted(use)}; expected one such as "\\\\Junk" (a backslash and a word)`;
  if (text.constant !== undefined && !isUse(text.constant)) checking.fault(text.at, message(text.constant));
  return (run) => {
    const use = text.valueIn(run);
    if (!isUse(use)) throw new ScriptError(message(use));
    return use;
  };
}

const fileinto: CommandDefinition = {
  name: 'fileinto',
  capabilities: ['fileinto'],
  signature: {
    tags: [
      copyTag,
      flagsTag,
      { name: 'create', capability: 'mailbox' },
      { name: 'specialuse', value: 'string', capability: 'special-use' },
    ],
    positional: [{ name: 'the folder', type: 'string' }],
  },
  check: (call, checking) => {
    const name = readMailboxName(call.text('the folder'), checking);
    const specialUse = readSpecialUse(call.text('specialuse'), checking);
    const flags = readFlags(call);
    return step(call, (run) => {
      run.actions.add({
        type: 'fileinto',
        mailbox: name(run),
        flags: flags(run),
        create: call.has('create'),
        specialUse: specialUse(run),
        edits: run.letter.edits,
      });
      if (!call.has('copy')) run.actions.cancelKeep();
    });
  },
};

/** An address of the script: checked at once where it can be, else in the run. */
export const readAddress = (text: Text, checking: Checking): ((run: Run) => string) =>
  readMailboxOf(text, checking, (address) => address);

/** The same with the name that stands before it, as people read it: `Alice <alice@example.com>`. */
export const readNamedAddress = (text: Text, checking: Checking): ((run: Run) => string) =>
  readMailboxOf(text, checking, (_address, given) =>
    (isAscii(given) ? decodeHeaderText(given) : given).trim(),
  );

const isAscii = (text: string): boolean => !/[^\x00-\x7f]/.test(text);

function readMailboxOf(
  text: Text,
  checking: Checking,
  choose: (address: string, given: string) => string,
): (run: Run) => string {
  const message = (found: string): string =>
    `found ${quoted(found)}; expected one address such as "name@example.com"`;
  if (text.constant !== undefined) {
    const address = readOneAddress(text.constant);
    if (address === undefined) checking.fault(text.at, message(text.constant));
    const chosen = address === undefined ? '' : choose(address, text.constant);
    return () => chosen;
  }
  return (run) => {
    const value = text.valueIn(run);
    const address = readOneAddress(value);
    if (address === undefined) throw new ScriptError(message(value));
    return choose(address, value);
  };
}

const notifyWords: ReadonlySet<string> = new Set(['NEVER', 'SUCCESS', 'FAILURE', 'DELAY']);

/** RFC 6009 3.1 and 3.2: the values of NOTIFY and RET of SMTP. */
function readDsn(call: Call, checking: Checking): (run: Run) => { notify?: string; ret?: string } {
  const check = (name: 'notify' | 'ret', value: string): string | undefined => {
    const upper = value.toUpperCase().replace(/\s*,\s*/g, ',');
    if (name === 'ret') return upper === 'FULL' || upper === 'HDRS' ? undefined : 'expected "FULL" or "HDRS"';
    const words = upper.split(',');
    const isGood =
      words.every((word) => notifyWords.has(word)) &&
      new Set(words).size === words.length &&
      (!words.includes('NEVER') || words.length === 1);
    return isGood ? undefined : 'expected "NEVER", or some of "SUCCESS,FAILURE,DELAY"';
  };
  const given = (['notify', 'ret'] as const).flatMap((name) => {
    const text = call.text(name);
    return text === undefined ? [] : [{ name, text }];
  });
  for (const { name, text } of given) {
    const wrong = text.constant === undefined ? undefined : check(name, text.constant);
    if (wrong !== undefined)
      checking.fault(text.at, `found ${quoted(text.constant!)} behind :${name}; ${wrong}`);
  }
  return (run) => {
    const dsn: { notify?: string; ret?: string } = {};
    for (const { name, text } of given) {
      const value = text.valueIn(run);
      const wrong = check(name, value);
      if (wrong !== undefined) throw new ScriptError(`found ${quoted(value)} behind :${name}; ${wrong}`);
      dsn[name] = value.toUpperCase().replace(/\s*,\s*/g, ',');
    }
    return dsn;
  };
}

const redirect: CommandDefinition = {
  name: 'redirect',
  signature: {
    tags: [
      copyTag,
      { name: 'notify', value: 'string', capability: 'redirect-dsn' },
      { name: 'ret', value: 'string', capability: 'redirect-dsn' },
    ],
    positional: [{ name: 'the address', type: 'string' }],
  },
  check: (call, checking) => {
    const address = readAddress(call.text('the address')!, checking);
    const dsn = readDsn(call, checking);
    const line = checking.lineOf(call.at);
    return step(call, (run) => {
      const { edits } = run.letter;
      run.actions.add({ type: 'redirect', address: address(run), dsn: dsn(run), edits, line });
      if (!call.has('copy')) run.actions.cancelKeep();
    });
  },
};

export const filing: Extension = { commands: [keep, discard, fileinto, redirect] };
