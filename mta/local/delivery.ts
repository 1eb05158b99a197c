// Local delivery of one message to one recipient: qmail-lspawn (spec/qmail.md 1.4, 5.2). Finds who controls the address,
// refuses what must not be delivered, has qmail-local.ts do the rest and makes the report of it.
// It never throws for what the world does, and ends within bounds when the server stops.
import type { DeliveryAccounts } from '../accounts/types.ts';
import type { Delivered, DeliveryAgent, DeliveryRequest, ExpectedLetter } from '../delivery.ts';
import { splitAddress } from '../formats/address.ts';
import type { Home } from '../home.ts';
import { hookQmailLocal, type LocalHookSettings } from '../hooks/local-hooks.ts';
import { chooseSiteVariables, type NamedVariables } from '../hooks/variables.ts';
import type { Injector } from '../inject/types.ts';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import { temporary } from '../outcome.ts';
import { createPrograms, type ProgramsOptions } from '../programs.ts';
import { type ControlledAddress, type ControllerLookup, findController } from './controller.ts';
import type { MboxOptions } from './mbox.ts';
import { createQmailLocal, type LocalDeliverySettings } from './qmail-local.ts';

/** Control files, as they are now. */
export interface LocalSpawnSettings extends LocalDeliverySettings, LocalHookSettings {
  readonly programenv?: NamedVariables | undefined;
}

export interface LocalAgentOptions {
  readonly home: Home;
  readonly users: ControllerLookup;
  readonly accounts: DeliveryAccounts;
  readonly injector: Injector;
  readonly settings: () => LocalSpawnSettings;
  readonly directorySync: DirectorySync;
  /** For file names in Maildirs. */
  readonly hostname: string;
  readonly log: Log;
  /** Mode bits that a home or .qmail file must not have: conf-patrn. 022 (security.md F3); qmail's own is 002. */
  readonly forbiddenMode?: number | undefined;
  readonly mbox?: MboxOptions | undefined;
  /** What the server was started with: PATH, QMAILLOCAL, and for control/programenv. */
  readonly env?: Readonly<NodeJS.ProcessEnv> | undefined;
  readonly programs?: ProgramsOptions | undefined;
  /** Milliseconds that `close` waits before it ends programs; 5000. */
  readonly patience?: number | undefined;
  /** A look at users/cdb, vpasswd.cdb, a home or a .qmail file no older than so many milliseconds is good enough; 0 unless told. */
  readonly trustMs?: number | undefined;
}

/**
 * The local agent. `close` takes no new work, waits for what is in hand, ends programs that still run (their deliveries
 * are put off) and lets go of kept descriptors; within 10 s. Safe to call twice.
 */
export interface LocalAgent extends DeliveryAgent {
  /** qmail-local alone: the user is known, and this process runs as that user. */
  deliverFor(request: DeliveryRequest, address: ControlledAddress): Promise<Delivered>;
  close(): Promise<void>;
}

/** lspawn keeps so much of a report. */
const reportLimit = 3000;
/** Milliseconds for which a stopping server waits for deliveries before it ends their programs. */
const closePatience = 5000;
/** Milliseconds that are left for those that no program holds; the next start tries them again. */
const lastPatience = 1000;

const closingOutcome = () => temporary('The mail system is stopping. (#4.3.2)');

export function createLocalAgent(options: LocalAgentOptions): LocalAgent {
  const { home, log } = options;
  const programs = createPrograms(options.programs);
  const running = new Set<Promise<Delivered>>();
  let closed: Promise<void> | undefined;
  const env = options.env ?? {};
  const siteVariables = () => chooseSiteVariables(home, env, options.settings().programenv);
  const qmailLocal = createQmailLocal({ ...options, programs, siteVariables });
  const deliverToUser = hookQmailLocal({
    ...options,
    deliver: qmailLocal.deliver,
    env,
    programs,
    siteVariables,
  });

  const deliver = (request: DeliveryRequest): Promise<Delivered> =>
    answerWith(request, async () => {
      const { disableddomains } = options.settings();
      const found = await findController(
        request.recipient,
        options.users,
        log,
        options.trustMs,
        disableddomains,
      );
      return 'code' in found ? found : deliverAs(request, found);
    });

  /** Keeps the delivery in mind until it is over. */
  async function answerWith(request: DeliveryRequest, act: () => Promise<Delivered>): Promise<Delivered> {
    if (closed) return closingOutcome();
    const delivery = reportOf(request, act);
    running.add(delivery);
    void delivery.then(() => running.delete(delivery));
    return delivery;
  }

  async function reportOf(request: DeliveryRequest, act: () => Promise<Delivered>): Promise<Delivered> {
    try {
      return cutReport(await act());
    } catch (error) {
      log(
        `warning: delivery of ${quoted(request.id)} to ${quoted(request.recipient)}: ${quoted(describeWhole(error))}`,
      );
      return temporary('Internal error in local delivery. (#4.3.0)');
    }
  }

  async function deliverAs(request: DeliveryRequest, address: ControlledAddress): Promise<Delivered> {
    const { user, local, host } = address;
    if (user.uid === 0) return temporary('Not allowed to perform deliveries as root.');
    const self = process.geteuid?.();
    if (self !== undefined && self !== 0 && self !== user.uid) {
      return temporary(`Unable to deliver as uid ${user.uid}: not started as root. (#4.3.0)`);
    }
    return deliverToUser(request, user, local, host);
  }

  async function lookAhead(letter: ExpectedLetter): Promise<void> {
    const { local, domain } = splitAddress(letter.recipient);
    const user = await options.users.find(local, options.trustMs);
    if (user && user.uid !== 0) await qmailLocal.lookAhead(user, domain, letter);
  }

  async function closeAgent(): Promise<void> {
    const allOver = (): Promise<unknown> => Promise.all(running);
    await atMost(options.patience ?? closePatience, allOver());
    await programs.stop();
    await atMost(lastPatience, allOver());
    qmailLocal.close();
  }

  return {
    deliver,
    deliverFor: (request, address) => answerWith(request, () => deliverAs(request, address)),
    prepare(letter) {
      // Without kept answers it would be of no use. What is wrong is found again, and told, by the delivery.
      if (options.trustMs && !closed) lookAhead(letter).catch(() => undefined);
    },
    close() {
      closed ??= closeAgent();
      return closed;
    },
  };
}

async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, enough]);
  clearTimeout(timer);
}

/** spec/qmail.md 1.4. The part that says what was done is at the end; lspawn cuts there all the same. */
function cutReport(outcome: Delivered): Delivered {
  const text = outcome.text.replace(/\0.*/s, '');
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= reportLimit) return text === outcome.text ? outcome : { ...outcome, text };
  const cut = bytes.subarray(0, reportLimit).toString('utf8');
  return { ...outcome, text: `${cut}\nError report too long, sorry.` };
}

const describeWhole = (error: unknown): string => (error instanceof Error ? error.message : String(error));
