// Questions to the DNS for records of any kind that records/ looks at, through the site's stub resolver. Values are the
// data in the form of zone files: TXT with its strings joined (RFC 7208 3.3), names without the final dot.
import type { CaaRecord } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { type Answer, askResolver } from './lookup.ts';
import type { RecordType } from './records/types.ts';

export interface RecordLookup {
  records(name: string, type: RecordType): Promise<Answer<string>>;
  /** Ends what is under way: it answers `soft`. */
  close(): void;
}

const properties = ['issue', 'issuewild', 'iodef', 'contactemail', 'contactphone'] as const;

/** One record of Node's form: the name of the property is a key of it. */
function caaText(record: CaaRecord): string {
  const name = properties.find((each) => record[each] !== undefined);
  return `${record.critical ?? 0} ${name ?? 'unknown'} "${name === undefined ? '' : record[name]}"`;
}

const dotted = (name: string): string => (name === '' ? '.' : name);

type Ask = (resolver: Resolver, name: string) => Promise<readonly string[]>;

const questions: Readonly<Record<RecordType, Ask>> = {
  A: (resolver, name) => resolver.resolve4(name),
  AAAA: (resolver, name) => resolver.resolve6(name),
  CNAME: (resolver, name) => resolver.resolveCname(name),
  PTR: (resolver, name) => resolver.resolvePtr(name),
  MX: async (resolver, name) =>
    (await resolver.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${dotted(exchange)}`),
  TXT: async (resolver, name) => (await resolver.resolveTxt(name)).map((strings) => strings.join('')),
  SRV: async (resolver, name) =>
    (await resolver.resolveSrv(name)).map(
      ({ priority, weight, port, name: target }) => `${priority} ${weight} ${port} ${dotted(target)}`,
    ),
  CAA: async (resolver, name) => (await resolver.resolveCaa(name)).map(caaText),
  TLSA: async (resolver, name) =>
    (await resolver.resolveTlsa(name)).map(
      ({ certUsage, selector, match, data }) =>
        `${certUsage} ${selector} ${match} ${Buffer.from(data).toString('hex')}`,
    ),
};

/** @param servers as control/dnsservers; @param timeout milliseconds of the first of two tries */
export function createRecordLookup(servers: readonly string[], timeout = 1500): RecordLookup {
  const asking = new Set<Resolver>();
  return {
    async records(name, type) {
      // One for each question: an answer that makes no sense ends the others of its resolver too.
      const resolver = new Resolver({ timeout, tries: 2 });
      if (servers.length > 0) resolver.setServers(servers);
      asking.add(resolver);
      try {
        return await askResolver(questions[type](resolver, name));
      } finally {
        asking.delete(resolver);
      }
    },
    close() {
      for (const resolver of asking) resolver.cancel();
    },
  };
}
