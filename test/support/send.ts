// A queue role over a real directory whose deliveries the test decides: everything on disk and every log line is real.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readTaps } from '../../mta/control/taps.ts';
import type { Delivered, DeliveryRequest } from '../../mta/delivery.ts';
import type { DsnRequest } from '../../mta/formats/dsn.ts';
import type { Origin } from '../../mta/inject/types.ts';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { success } from '../../mta/outcome.ts';
import { type QueueRole, startQueue } from '../../mta/queue/role.ts';
import type { SendSettings } from '../../mta/send/settings.ts';
import { makeQueueTree, withTemporaryDirectory } from './queue.ts';

/** Settings of a small site: here.test is local, virt.test joe's. */
const settings: SendSettings = {
  me: 'mail.here.test',
  locals: new Set(['here.test']),
  virtualdomains: new Map([
    ['virt.test', 'joe'],
    ['one@far.test', 'box'],
  ]),
  percenthack: new Set(),
  envnoathost: 'here.test',
  concurrencylocal: 10,
  concurrencyremote: 20,
  queuelifetime: 604_800,
  bouncefrom: 'MAILER-DAEMON',
  bouncehost: 'mail.here.test',
  bounceinterval: 3600,
  rcpthosts: new Set(['here.test', 'virt.test']),
  morercpthosts: undefined,
  relayclients: ['192.0.2.9'],
  bouncemaxbytes: 50_000,
  doublebounceto: 'postmaster',
  doublebouncehost: 'here.test',
  idhost: 'mail.here.test',
  queuejournal: 0,
  taps: readTaps({ path: 'taps', text: undefined, me: undefined }),
  delaywarning: 14_400,
};

/** What an agent was asked. */
export interface Seen extends DeliveryRequest {
  readonly channel: 'local' | 'remote';
}

/** A queue role whose deliveries are decided by `decide`; waits are for events, never for time. */
export class Site {
  readonly seen: Seen[] = [];
  readonly log: string[] = [];
  decide: (request: Seen) => Delivered | Promise<Delivered> = () => success('did 1+0+0');
  role!: QueueRole;
  readonly #home: string;
  readonly settings: SendSettings;
  #watchers: { isDone: () => boolean; resolve: () => void }[] = [];
  readonly #sync = createDirectorySync();
  /** Number in the queue of each letter by its qp, until `send` has told it. */
  readonly #numbers = new Map<string, PromiseWithResolvers<string>>();

  constructor(home: string, overrides: Partial<SendSettings> = {}) {
    this.#home = home;
    this.settings = { ...settings, ...overrides };
  }

  get queue(): string {
    return join(this.#home, 'queue');
  }

  async start(): Promise<this> {
    const agent = (channel: 'local' | 'remote') => ({
      deliver: async (request: DeliveryRequest): Promise<Delivered> => {
        const seen = { ...request, channel };
        this.seen.push(seen);
        return this.decide(seen);
      },
    });
    this.role = await startQueue({
      directory: this.queue,
      socket: join(this.#home, 'inject'),
      directorySync: this.#sync,
      agents: () => ({ local: agent('local'), remote: agent('remote') }),
      settings: () => this.settings,
      log: (line) => {
        this.log.push(line);
        const [, number = '', qp = ''] = /^info msg (\d+): .* qp (\d+) uid \d+$/.exec(line) ?? [];
        if (number !== '') this.#numberOf(qp).resolve(number);
        this.#watchers = this.#watchers.filter((watcher) => {
          if (!watcher.isDone()) return true;
          watcher.resolve();
          return false;
        });
      },
    });
    return this;
  }

  /** Resolves when a log line matches, counting lines already there. */
  logged(pattern: RegExp, times = 1): Promise<void> {
    const isDone = (): boolean => this.log.filter((line) => pattern.test(line)).length >= times;
    if (isDone()) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.push({ isDone, resolve }));
  }

  #numberOf(qp: string): PromiseWithResolvers<string> {
    const known = this.#numbers.get(qp) ?? Promise.withResolvers<string>();
    this.#numbers.set(qp, known);
    return known;
  }

  /** Queues a letter and tells its number in the queue. */
  async send(
    sender: string,
    recipients: readonly string[],
    body = 'Subject: x\n\nhi\n',
    dsn?: DsnRequest,
    origin: Origin = 'network',
  ): Promise<string> {
    const outcome = await this.role.injector.inject(origin, Buffer.from(body), sender, recipients, dsn);
    assert.equal(outcome.code, 'K', outcome.text);
    const [, qp = ''] = /qp (\d+)$/.exec(outcome.text) ?? [];
    const number = await this.#numberOf(qp).promise;
    this.#numbers.delete(qp);
    return number;
  }

  async stop(): Promise<void> {
    await this.role.close();
    await this.#sync.close();
  }
}

/** Runs a site in a temporary directory and `use` on it. */
export async function withSite(
  use: (site: Site, home: string) => Promise<void>,
  overrides: Partial<SendSettings> = {},
): Promise<void> {
  await withTemporaryDirectory(async (home) => {
    await makeQueueTree(home);
    const site = await new Site(home, overrides).start();
    try {
      await use(site, home);
    } finally {
      await site.stop();
    }
  });
}
