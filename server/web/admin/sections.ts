// The entries of the left column, the one place to add a page of the administration to it. `site` entries are about the
// whole system, `domain` entries about the domain that is open; `level` says who sees an entry (who may open the page is
// decided by the page).
import type { WordKey } from '../words/words.ts';

export interface Section {
  readonly key: string;
  readonly label: WordKey;
  readonly icon: string;
  readonly level: 'domain' | 'system';
  /** Path of the page; of a domain's page behind /admin/d/DOMAIN. */
  readonly path: string;
}

export const siteSections: readonly Section[] = [
  { key: 'dashboard', label: 'admin.dashboard', icon: 'gauge', level: 'domain', path: '/admin' },
  { key: 'domains', label: 'admin.domains', icon: 'globe', level: 'system', path: '/admin/domains' },
  { key: 'queue', label: 'queue.title', icon: 'list-checks', level: 'system', path: '/admin/queue' },
  { key: 'deliveries', label: 'deliveries.title', icon: 'send', level: 'system', path: '/admin/deliveries' },
  {
    key: 'certificates',
    label: 'certificate.title',
    icon: 'shield-check',
    level: 'system',
    path: '/admin/certificates',
  },
  { key: 'junk', label: 'junk.title', icon: 'octagon-alert', level: 'system', path: '/admin/junk' },
  { key: 'settings', label: 'control.title', icon: 'settings', level: 'system', path: '/admin/settings' },
  {
    key: 'security',
    label: 'failures.title',
    icon: 'shield-alert',
    level: 'domain',
    path: '/admin/security',
  },
  { key: 'audit', label: 'admin.audit', icon: 'history', level: 'domain', path: '/admin/audit' },
];

export const domainSections: readonly Section[] = [
  { key: 'domain', label: 'admin.overview', icon: 'info', level: 'domain', path: '' },
  { key: 'accounts', label: 'admin.accounts', icon: 'users', level: 'domain', path: '/accounts' },
  { key: 'aliases', label: 'admin.aliases', icon: 'at-sign', level: 'domain', path: '/aliases' },
  { key: 'lists', label: 'lists.title', icon: 'list', level: 'domain', path: '/lists' },
  { key: 'catch-all', label: 'admin.catchAll', icon: 'inbox', level: 'domain', path: '/catch-all' },
  {
    key: 'domain-deliveries',
    label: 'deliveries.title',
    icon: 'send',
    level: 'domain',
    path: '/deliveries',
  },
  { key: 'dns', label: 'dns.title', icon: 'globe', level: 'domain', path: '/dns' },
  { key: 'signing', label: 'signing.title', icon: 'key-round', level: 'domain', path: '/signing' },
  { key: 'look', label: 'look.title', icon: 'image', level: 'domain', path: '/look' },
  { key: 'reports', label: 'reports.title', icon: 'activity', level: 'domain', path: '/reports' },
  { key: 'tls-reports', label: 'tlsrpt.title', icon: 'shield-check', level: 'domain', path: '/tls-reports' },
  { key: 'import', label: 'admin.import', icon: 'upload', level: 'domain', path: '/import' },
];

/** One line of the column, ready to be drawn. */
export interface ColumnEntry {
  readonly label: string;
  readonly icon: string;
  readonly href: string;
  readonly here: boolean;
}

/** The entries that a level sees. */
export function columnEntries(
  sections: readonly Section[],
  level: 'domain' | 'system',
  base: string,
  here: string,
  t: (key: WordKey) => string,
): readonly ColumnEntry[] {
  return sections
    .filter((section) => section.level === 'domain' || level === 'system')
    .map((section) => ({
      label: t(section.label),
      icon: section.icon,
      href: `${base}${section.path}`,
      here: section.key === here,
    }));
}
