// The administration as a role of its own: who asks sends plain data, and everything of it is looked at before it is used,
// for the asker reads what strangers send. The actor is always an account: nobody is the machine over a socket. Who may do
// what is decided on the answering side, from the accounts as they are then.
import { connect } from 'node:net';
import {
  archives,
  listSwitches,
  MOST_MEMBERS,
  memberSets,
  postings,
} from '../accounts/administration/list-types.ts';
import type { Administration } from '../accounts/administration.ts';
import { Busy, Conflict, NoSuchObject, Refusal } from '../accounts/administration.ts';
import { appServices } from '../accounts/app-passwords.ts';
import { noLimits } from '../accounts/limits.ts';
import { type Log, quoted } from '../log.ts';
import { errorCode } from '../maildir/calls.ts';
import type { Answer } from './answering.ts';
import { createRoleClient } from './conversation.ts';
import type { CallFields } from './frames.ts';

/** Bytes of an answer: 500 aliases with 100 addresses each. */
const ANSWER_LIMIT = 16 * 1024 * 1024;

/** Is this value of the right shape? */
type Shape = (value: unknown) => boolean;

const text =
  (most: number): Shape =>
  (value) =>
    typeof value === 'string' && value.length <= most;
const integer: Shape = (value) => Number.isSafeInteger(value);
const flag: Shape = (value) => typeof value === 'boolean';
const either =
  (...words: readonly string[]): Shape =>
  (value) =>
    words.some((word) => word === value);
const maybe =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined || shape(value);
const list =
  (shape: Shape, most: number): Shape =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(shape);
/** An object with these fields and no others. */
const record =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.keys(value).every((name) => Object.hasOwn(fields, name)) &&
    Object.entries(fields).every(([name, shape]) => shape((value as Record<string, unknown>)[name]));

const name = text(1000);
const words = text(100_000);
const addresses = list(name, 1000);
const version = maybe(text(100));
const query = record({
  search: maybe(name),
  after: maybe(name),
  before: maybe(name),
  limit: integer,
});
const day = maybe(text(20));
const times = maybe(record({ days: integer, from: day, until: day, zone: text(100), contactsOnly: flag }));
const vacation = maybe(record({ subject: name, message: words, times }));
const choice: Shape = (value) =>
  [
    record({ kind: either('bounce', 'delete') }),
    record({ kind: either('forward'), address: name }),
    record({ kind: either('domain'), domain: name }),
    record({ kind: either('directory'), path: name }),
    record({ kind: either('other'), lines: list(words, 1000) }),
  ].some((shape) => shape(value));
const shapeOfNumbers = (of: object): Readonly<Record<string, Shape>> =>
  Object.fromEntries(Object.keys(of).map((key) => [key, integer]));
const limits = maybe(
  record({ ...shapeOfNumbers(noLimits), denied: record(shapeOfNumbers(noLimits.denied)) }),
);
const account = {
  address: name,
  password: name,
  gecos: maybe(name),
  quota: maybe(name),
  flags: maybe(integer),
};
const change = record({
  version,
  password: maybe(name),
  oldPassword: maybe(name),
  gecos: maybe(name),
  quota: maybe(name),
  flags: maybe(integer),
  delivery: maybe(
    record({
      kind: either('mailbox', 'forward', 'discard'),
      forwards: addresses,
      keepsCopy: flag,
      vacation,
    }),
  ),
});
const isActor = record({ kind: either('account'), address: name, ip: text(100) });

/** What each question has after the actor. */
const shapes: Readonly<Record<keyof Administration, readonly Shape[]>> = {
  level: [],
  domains: [query],
  domain: [name],
  addDomain: [name, name],
  removeDomain: [name],
  addAliasDomain: [name, name],
  removeAliasDomain: [name, name],
  setDomainDisabled: [name, flag],
  setCatchAll: [name, text(100), choice],
  setLimits: [name, text(100), limits],
  dkimKeys: [name],
  addDkimKeys: [name],
  useDkimKeys: [name, list(name, 10)],
  removeDkimKey: [name, name, flag],
  brand: [name],
  setBrand: [name, text(100), maybe(record({ name, accent: text(10), accentDark: text(10), logo: words }))],
  accounts: [name, query],
  account: [name],
  addAccount: [record(account)],
  changeAccount: [name, change],
  removeAccount: [name, maybe(name)],
  startBulk: [
    name,
    list(record({ ...account, line: integer, passwordHash: maybe(name) }), 20_000),
    record({ dryRun: flag, all: flag }),
  ],
  bulk: [name, name],
  cancelBulk: [name, name],
  setVacationContacts: [list(name, 20_000)],
  ownAddresses: [maybe(name)],
  security: [name],
  addAppPassword: [
    name,
    record({ password: name, label: name, services: list(either(...appServices), appServices.length) }),
  ],
  removeAppPassword: [name, text(100)],
  turnOnSecondFactor: [name, record({ password: name, secret: text(100), code: text(100) })],
  turnOffSecondFactor: [name, text(100)],
  checkSecondFactor: [text(100)],
  aliases: [name, query],
  alias: [name, name],
  setAlias: [name, name, record({ version, addresses, discards: maybe(flag) })],
  setRobot: [name, name, record({ version, subject: name, message: words, copyTo: maybe(name) })],
  removeAlias: [name, name, text(100)],
  lists: [name, query],
  list: [name, name],
  setList: [
    name,
    name,
    record({
      version,
      owner: name,
      prefix: name,
      replyTo: name,
      posting: either(...postings),
      archive: either(...archives),
      switches: list(either(...listSwitches), listSwitches.length),
    }),
  ],
  removeList: [name, name, text(100)],
  members: [name, name, either(...memberSets), query],
  changeMembers: [
    name,
    name,
    either(...memberSets),
    record({ add: list(name, MOST_MEMBERS), remove: list(name, MOST_MEMBERS) }),
  ],
  certificates: [],
  receiveReports: [name],
  settings: [],
  setting: [text(100)],
  changeSetting: [text(100), text(100), maybe(words)],
  audit: [record({ search: maybe(name), before: maybe(integer), limit: integer })],
  note: [text(100), name, text(10_000)],
};

const isQuestion = (method: unknown): method is keyof Administration =>
  typeof method === 'string' && Object.hasOwn(shapes, method);

/** Answers the questions of {@link createAdministrationCalls}. */
export function answerAdministration(administration: Administration, log: Log): Answer {
  return async ({ fields, body }) => {
    const { method } = fields;
    if (!isQuestion(method)) return { error: 'no such question' };
    const given = readArguments(body);
    const [actor, ...rest] = given ?? [];
    const expected = shapes[method];
    const fits =
      isActor(actor) && rest.length <= expected.length && expected.every((shape, at) => shape(rest[at]));
    if (!fits) return { error: `${method}: what is asked has not the right form` };
    try {
      const ask = administration[method] as (...words: readonly unknown[]) => Promise<unknown>;
      return { found: await ask(actor, ...rest) };
    } catch (error) {
      return describeFailure(error, method, log);
    }
  };
}

function describeFailure(error: unknown, method: string, log: Log): CallFields {
  if (error instanceof Refusal)
    return { refused: { field: error.field, key: error.key }, words: error.message };
  if (error instanceof NoSuchObject) return { missing: true, words: error.message };
  if (error instanceof Conflict) return { conflict: true, words: error.message };
  if (error instanceof Busy) return { busy: true, words: error.message };
  // A disk, a database, a bug: the page says that it failed, the log says why.
  log(`alert: administration, ${method}: ${quoted(error instanceof Error ? error.message : String(error))}`);
  return { error: 'this could not be done now' };
}

function readArguments(body: Buffer): unknown[] | undefined {
  try {
    const given: unknown = JSON.parse(body.toString('utf8'));
    // JSON has no undefined.
    return Array.isArray(given) ? given.map((value: unknown) => value ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * An administration that is asked for over a socket. Errors are those of the interface; anything else, a lost role
 * (CallLost) among it, is a rejection: what was asked for may have been done or not.
 */
export function createAdministrationCalls(path: string): Administration & { readonly close: () => void } {
  const client = createRoleClient(path, ANSWER_LIMIT);
  const ask = async (method: keyof Administration, given: readonly unknown[]): Promise<unknown> => {
    const answer = await client.ask({ method }, Buffer.from(JSON.stringify(given), 'utf8'));
    const said = typeof answer.words === 'string' ? answer.words : '';
    if (answer.refused !== undefined) {
      const { field, key } = answer.refused as { readonly field?: unknown; readonly key?: unknown };
      throw new Refusal(String(field), String(key), said);
    }
    if (answer.missing === true) throw new NoSuchObject(said);
    if (answer.conflict === true) throw new Conflict(said);
    if (answer.busy === true) throw new Busy(said);
    if (answer.error !== undefined) throw new Error(`the admin role: ${String(answer.error)}`);
    return answer.found;
  };
  const calls = Object.fromEntries(
    Object.keys(shapes).map((method) => [
      method,
      (...given: readonly unknown[]) => ask(method as keyof Administration, given),
    ]),
  ) as unknown as Administration;
  return { ...calls, close: () => client.close() };
}

/** Those calls when a role answers on the socket; undefined: there is none, the files are ours to change. */
export async function findAdministrationRole(
  path: string,
): Promise<(Administration & { readonly close: () => void }) | undefined> {
  const isThere = await new Promise<boolean>((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) =>
      ['ENOENT', 'ECONNREFUSED'].includes(errorCode(error)) ? resolve(false) : reject(error),
    );
  });
  return isThere ? createAdministrationCalls(path) : undefined;
}
