// facteur dkim: the keys that sign a domain's mail, on the command line: what Signing is on the admin pages. Changes take
// effect in a running server within a second. DNS is only read.
import { readdir } from 'node:fs/promises';
import { ControlError, readSettings } from '../control/settings.ts';
import { createRecordLookup, type RecordLookup } from '../dns/record-lookup.ts';
import { judgeDkim } from '../dns/records/dkim.ts';
import { writeZone } from '../dns/records/zone.ts';
import { isDomainName, lowerAscii } from '../formats/address.ts';
import { errorCode } from '../maildir/calls.ts';
import { keysDirectory } from '../trust/dkim-files.ts';
import { type DkimKey, DkimKeyError, findKeyOwner, type KeyDesk, openKeyDesk } from '../trust/dkim-keys.ts';
import type { CommandContext } from './command.ts';
import { ownerRights } from './owner-rights.ts';

export const usage = `usage: facteur dkim list [DOMAIN]
       facteur dkim add DOMAIN
       facteur dkim record DOMAIN [SELECTOR]
       facteur dkim check DOMAIN
       facteur dkim rotate DOMAIN
       facteur dkim use DOMAIN SELECTOR ... [--unpublished]
       facteur dkim remove DOMAIN SELECTOR [--signing]

Keys that sign outgoing mail (DKIM), in control/domainkeys.
list    shows the keys of a domain, or of all: current ones sign, next ones wait for being published, old ones rest
add     makes an RSA and an Ed25519 key; they sign at once where none did, else they wait
record  prints what to publish, as zone text
check   compares what is published with the keys; exit status 1 when mail is signed by a key that nobody finds
rotate  makes new keys when none wait; called again, it lets them sign as soon as they are published
use     lets these keys sign in the place of those of their kind, once they are published (--unpublished: at once)
remove  removes a key; one that signs only with --signing
`;

/** A mistake of the caller; exit status 100. Everything that may pass is 111. */
class Misuse extends Error {}

interface Call {
  readonly desk: KeyDesk;
  readonly domain: string;
  readonly selectors: readonly string[];
  readonly flags: ReadonlySet<string>;
  readonly context: CommandContext;
}

type Verb = (call: Call) => Promise<number>;

const print = ({ context }: Pick<Call, 'context'>, text: string): void =>
  void context.stdout.write(text.endsWith('\n') ? text : `${text}\n`);

const describe = ({ selector, state, algorithm, bits, writtenAt, problem }: DkimKey): string => {
  const kind =
    algorithm === undefined ? (problem ?? '') : `${algorithm === 'rsa-sha256' ? `rsa ${bits}` : 'ed25519'}`;
  return `  ${selector.padEnd(20)} ${state.padEnd(8)} ${kind.padEnd(8)} ${new Date(writtenAt).toISOString().slice(0, 10)}\n`;
};

async function withLookup<T>(
  context: CommandContext,
  work: (lookup: RecordLookup) => Promise<T>,
): Promise<T> {
  const { dnsservers } = await readSettings(context.home.qmail, ['dnsservers']);
  const lookup = createRecordLookup(dnsservers);
  try {
    return await work(lookup);
  } finally {
    lookup.close();
  }
}

/** What DNS says of a key: `right`, or what is wrong in a word or two. */
async function findPublished(lookup: RecordLookup, { record }: DkimKey): Promise<string> {
  if (record === undefined) return 'broken';
  const answer = await lookup.records(record.name, 'TXT');
  if (answer.kind === 'soft') return 'no answer';
  const { verdict, why } = judgeDkim(record.text, answer.kind === 'found' ? answer.values : []);
  return verdict === 'right'
    ? 'right'
    : verdict === 'missing'
      ? 'missing'
      : why.replace(/^dkim-/, '').replace('-', ' ');
}

const list: Verb = async (call) => {
  const keys = await call.desk.list(call.domain);
  print(call, `${call.domain}\n${keys.length === 0 ? '  no keys\n' : keys.map(describe).join('')}`);
  return 0;
};

const printRecords = (call: Call, keys: readonly DkimKey[]): void => {
  const rows = keys.flatMap(({ record }) =>
    record ? [{ name: record.name, type: 'TXT' as const, wanted: [record.text] }] : [],
  );
  print(call, writeZone(rows));
};

const add: Verb = async (call) => {
  const made = await call.desk.add(call.domain);
  const keys = (await call.desk.list(call.domain)).filter(({ selector }) => made.includes(selector));
  print(call, `${keys.map(describe).join('')}\nPublish:\n`);
  printRecords(call, keys);
  return 0;
};

const record: Verb = async (call) => {
  const [selector] = call.selectors;
  const keys = (await call.desk.list(call.domain)).filter((key) =>
    selector === undefined ? key.state === 'current' || key.state === 'next' : key.selector === selector,
  );
  if (keys.length === 0) throw new Misuse(`${call.domain} has no such key`);
  printRecords(call, keys);
  return 0;
};

const check: Verb = (call) =>
  withLookup(call.context, async (lookup) => {
    const keys = await call.desk.list(call.domain);
    let status = 0;
    for (const key of keys) {
      const found = await findPublished(lookup, key);
      if (key.state === 'current' && found !== 'right') status = found === 'no answer' ? 111 : 1;
      print(call, `${describe(key).trimEnd()}  ${found === 'right' ? 'published' : found}`);
    }
    return status;
  });

/** Lets keys sign. Without `isForced` only those that receivers find. */
async function startUsing(call: Call, keys: readonly DkimKey[], isForced: boolean): Promise<number> {
  if (!isForced) {
    const missing = await withLookup(call.context, async (lookup) => {
      const found = await Promise.all(keys.map((key) => findPublished(lookup, key)));
      return keys.filter((_, at) => found[at] !== 'right');
    });
    if (missing.length > 0) {
      print(call, 'Not published yet, or not as it should be; what signed before goes on. Publish:\n');
      printRecords(call, missing);
      return 1;
    }
  }
  await call.desk.use(
    call.domain,
    keys.map(({ selector }) => selector),
  );
  return list(call);
}

const use: Verb = async (call) => {
  if (call.selectors.length === 0) throw new Misuse('which key? facteur dkim list shows them');
  const keys = await call.desk.list(call.domain);
  const wanted = call.selectors.map((selector) => {
    const key = keys.find((each) => each.selector === selector);
    if (key === undefined) throw new Misuse(`${call.domain} has no key ${selector}`);
    return key;
  });
  return startUsing(call, wanted, call.flags.has('--unpublished'));
};

const rotate: Verb = async (call) => {
  const waiting = (await call.desk.list(call.domain)).filter(({ state }) => state === 'next');
  return waiting.length === 0 ? add(call) : startUsing(call, waiting, false);
};

const remove: Verb = async (call) => {
  const [selector] = call.selectors;
  if (selector === undefined) throw new Misuse('which key? facteur dkim list shows them');
  await call.desk.remove(call.domain, selector, call.flags.has('--signing'));
  return list(call);
};

/** Words after the domain, at most, and the options of each. */
const verbs: Readonly<
  Record<string, { readonly verb: Verb; readonly most: number; readonly flag?: string }>
> = {
  list: { verb: list, most: 0 },
  add: { verb: add, most: 0 },
  record: { verb: record, most: 1 },
  check: { verb: check, most: 0 },
  rotate: { verb: rotate, most: 0 },
  use: { verb: use, most: 2, flag: '--unpublished' },
  remove: { verb: remove, most: 1, flag: '--signing' },
};

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const [name = '', ...rest] = args.filter((arg) => !arg.startsWith('--'));
  const flags = new Set(args.filter((arg) => arg.startsWith('--')));
  const known = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  const [domain, ...selectors] = rest.map(lowerAscii);
  const isMisused =
    known === undefined ||
    (domain === undefined && name !== 'list') ||
    selectors.length > known.most ||
    [...flags].some((flag) => flag !== known.flag);
  if (isMisused) {
    context.stderr.write(usage);
    return 100;
  }
  const { qmail } = context.home;
  const as = await ownerRights(keysDirectory(qmail));
  const desk = openKeyDesk({ qmail, owner: await findKeyOwner(qmail), as });
  try {
    const domains = domain === undefined ? await listDomains(qmail) : [domain];
    for (const each of domains) {
      const status = await known.verb({ desk, domain: each, selectors, flags, context });
      if (status !== 0) return status;
    }
    return 0;
  } catch (error) {
    if (error instanceof Misuse || error instanceof DkimKeyError) {
      context.stderr.write(`dkim: ${error.message}\n`);
      return 100;
    }
    if (error instanceof ControlError || errorCode(error) !== '') {
      context.stderr.write(`dkim: ${(error as Error).message}\n`);
      return 111;
    }
    throw error;
  }
}

/** Those that have keys. */
async function listDomains(qmail: string): Promise<readonly string[]> {
  try {
    return (await readdir(keysDirectory(qmail))).filter(isDomainName).sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
