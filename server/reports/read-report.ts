// Reads a DMARC aggregate report of a stranger (RFC 7489 appendix C, RFC 9990 appendix A, and what came before them): who
// reports about which domain and days, and rows, added up by what they have in common. Bounded: 100,000 rows, of which the
// largest 2,000 sources are kept by name and the rest as a sum. A row that makes no sense is passed over.
import { isIP } from 'node:net';
import { asciiDomain } from '../../mta/formats/idn.ts';
import { createXmlReader, XmlError } from '../../mta/formats/xml.ts';

/** Letters from one address. */
export interface ReportedSource {
  /** '' for all those that have no row of their own. */
  readonly ip: string;
  /** Was it proven to be of the domain? */
  readonly dkim: boolean;
  readonly spf: boolean;
  /** What was done with them: none, pass, quarantine, reject. */
  readonly disposition: string;
  readonly count: number;
}

export interface ReceivedReport {
  readonly organization: string;
  readonly id: string;
  /** Seconds since 1970. */
  readonly begin: number;
  readonly end: number;
  /** The policy's domain, in A-labels. */
  readonly domain: string;
  readonly sources: readonly ReportedSource[];
}

const mostRows = 100_000;
const mostSources = 2000;
const mostValue = 300;
const mostDays = 32;
const dispositions: ReadonlySet<string> = new Set(['none', 'pass', 'quarantine', 'reject']);

/** What is read, by its place below the root. */
const places: ReadonlySet<string> = new Set([
  'report_metadata/org_name',
  'report_metadata/report_id',
  'report_metadata/date_range/begin',
  'report_metadata/date_range/end',
  'policy_published/domain',
  'record/row/source_ip',
  'record/row/count',
  'record/row/policy_evaluated/disposition',
  'record/row/policy_evaluated/dkim',
  'record/row/policy_evaluated/spf',
]);

export interface ReportReading {
  /** @throws XmlError for what is no report */
  write(text: string): void;
  /** @throws XmlError when it is not whole */
  end(): ReceivedReport;
}

const cleanText = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 200);

const readCount = (text: string): number => (/^\d{1,9}$/.test(text) ? Number(text) : 0);

/** The largest by name, all others as sums without one. */
function keepLargest(sources: readonly ReportedSource[]): readonly ReportedSource[] {
  const sorted = sources.toSorted((a, b) => b.count - a.count);
  const rest = new Map<string, ReportedSource>();
  for (const source of sorted.slice(mostSources)) {
    const key = `${source.dkim} ${source.spf} ${source.disposition}`;
    rest.set(key, { ...source, ip: '', count: source.count + (rest.get(key)?.count ?? 0) });
  }
  return [...sorted.slice(0, mostSources), ...rest.values()];
}

export function createReportReading(): ReportReading {
  const path: string[] = [];
  const about = new Map<string, string>();
  let row = new Map<string, string>();
  let text = '';
  let rows = 0;
  const sources = new Map<string, ReportedSource>();

  const takeRow = (): void => {
    const of = (name: string): string => row.get(`record/row/${name}`) ?? '';
    const ip = of('source_ip').toLowerCase();
    const count = readCount(of('count'));
    const disposition = of('policy_evaluated/disposition').toLowerCase();
    if (isIP(ip) === 0 || count === 0) return;
    const source = {
      ip,
      dkim: of('policy_evaluated/dkim').toLowerCase() === 'pass',
      spf: of('policy_evaluated/spf').toLowerCase() === 'pass',
      disposition: dispositions.has(disposition) ? disposition : 'none',
    };
    const key = Object.values(source).join(' ');
    sources.set(key, { ...source, count: count + (sources.get(key)?.count ?? 0) });
  };

  const reader = createXmlReader({
    open(name) {
      if (path.length === 0 && name !== 'feedback') throw new XmlError('no DMARC report');
      path.push(name);
      text = '';
      if (path.length !== 2 || name !== 'record') return;
      row = new Map();
      rows += 1;
      if (rows > mostRows) throw new XmlError('too many rows');
    },
    text(piece) {
      if (text.length < mostValue) text += piece.slice(0, mostValue);
    },
    close() {
      const place = path.slice(1).join('/');
      if (places.has(place)) (path[1] === 'record' ? row : about).set(place, text.trim());
      if (place === 'record') takeRow();
      path.pop();
      text = '';
    },
  });

  return {
    write: (chunk) => reader.write(chunk),
    end() {
      reader.end();
      const of = (name: string): string => about.get(name) ?? '';
      const begin = Number(of('report_metadata/date_range/begin'));
      const end = Number(of('report_metadata/date_range/end'));
      const domain = asciiDomain(of('policy_published/domain'));
      const isTime = Number.isSafeInteger(begin) && Number.isSafeInteger(end) && begin > 0 && begin <= end;
      if (domain === undefined || !isTime || end - begin > mostDays * 86_400)
        throw new XmlError('a report without a domain or without its days');
      return {
        organization: cleanText(of('report_metadata/org_name')),
        id: cleanText(of('report_metadata/report_id')),
        begin,
        end,
        domain,
        sources: keepLargest([...sources.values()]),
      };
    },
  };
}
