// The pages of help (webmail.md N13): which there are, what each says line by line, and where its links lead. A line names
// buttons and pages by places that are filled with their own words, so that help and page cannot disagree. Pure.
import type { WordKey } from '../words/words.ts';

export interface GuideLink {
  readonly href: string;
  readonly label: WordKey;
}

export interface GuideTopic {
  /** Last part of its address. */
  readonly name: string;
  readonly title: WordKey;
  /** One line for the list of topics. */
  readonly lead: WordKey;
  readonly icon: string;
  readonly lines: readonly WordKey[];
  /** Search operators, as they are typed, and what they find. */
  readonly table?: readonly (readonly [typed: string, finds: WordKey])[];
  readonly links: readonly GuideLink[];
}

/** The words in the places of the lines. */
export const guidePlaces = {
  advanced: 'search.advanced',
  archive: 'list.archive',
  attach: 'compose.attach',
  compose: 'app.compose',
  composing: 'settings.composing',
  activity: 'settings.activity',
  always: 'rules.always',
  block: 'rules.block',
  contacts: 'contacts.title',
  delivery: 'incoming.title',
  drafts: 'folder.drafts',
  everywhere: 'settings.signOutEverywhere',
  filters: 'rules.title',
  folders: 'folders.title',
  forward: 'message.forward',
  general: 'settings.general',
  identities: 'identities.title',
  inbox: 'folder.inbox',
  junk: 'folder.junk',
  labels: 'label.title',
  later: 'outbox.later',
  like: 'rules.like',
  newRule: 'rules.new',
  notJunk: 'list.notJunk',
  outbox: 'outbox.title',
  programs: 'programs.nav',
  reply: 'message.reply',
  replyAll: 'message.replyAll',
  save: 'compose.save',
  security: 'security.title',
  send: 'compose.send',
  sent: 'folder.sent',
  settings: 'settings.title',
  show: 'message.picturesShow',
  snooze: 'snooze.button',
  sort: 'list.sort',
  stops: 'rules.stops',
  templates: 'templates.title',
  transfer: 'transfer.title',
  trash: 'folder.trash',
  tryOut: 'rules.try',
  twoStep: 'security.twoStep',
  undo: 'app.undo',
  unsubscribe: 'unsubscribe.button',
} as const satisfies Readonly<Record<string, WordKey>>;

export const guideTopics: readonly GuideTopic[] = [
  {
    name: 'writing',
    title: 'guide.writing',
    lead: 'guide.writing.lead',
    icon: 'square-pen',
    lines: [
      'guide.writing.begin',
      'guide.writing.saved',
      'guide.writing.undo',
      'guide.writing.later',
      'guide.writing.outbox',
      'guide.writing.files',
      'guide.writing.identities',
      'guide.writing.fate',
    ],
    links: [
      { href: '/settings/composing', label: 'settings.composing' },
      { href: '/settings/identities', label: 'identities.title' },
      { href: '/settings/templates', label: 'templates.title' },
    ],
  },
  {
    name: 'finding',
    title: 'guide.finding',
    lead: 'guide.finding.lead',
    icon: 'search',
    lines: [
      'guide.finding.words',
      'guide.finding.operators',
      'guide.finding.left',
      'guide.finding.advanced',
      'guide.finding.act',
    ],
    table: [
      ['from:bob', 'guide.row.from'],
      ['to:carla', 'guide.row.to'],
      ['subject:invoice', 'guide.row.subject'],
      ['"final report"', 'guide.row.phrase'],
      ['invo*', 'guide.row.start'],
      ['-draft', 'guide.row.not'],
      ['bob OR carla', 'guide.row.or'],
      ['has:attachment', 'guide.row.has'],
      ['filename:pdf', 'guide.row.filename'],
      ['is:unread', 'guide.row.is'],
      ['in:sent', 'guide.row.in'],
      ['after:2026-01-31', 'guide.row.after'],
      ['before:2026-01-31', 'guide.row.before'],
      ['larger:5M', 'guide.row.larger'],
    ],
    links: [{ href: '/search/advanced', label: 'search.advanced' }],
  },
  {
    name: 'order',
    title: 'guide.order',
    lead: 'guide.order.lead',
    icon: 'folder',
    lines: [
      'guide.order.archive',
      'guide.order.folders',
      'guide.order.labels',
      'guide.order.snooze',
      'guide.order.select',
      'guide.order.conversations',
      'guide.order.undo',
      'guide.order.cleaning',
    ],
    links: [
      { href: '/folders', label: 'folders.title' },
      { href: '/settings/labels', label: 'label.title' },
      { href: '/settings/activity', label: 'settings.activity' },
    ],
  },
  {
    name: 'filters',
    title: 'rules.title',
    lead: 'guide.filters.lead',
    icon: 'list-filter',
    lines: [
      'guide.filters.what',
      'guide.filters.like',
      'guide.filters.order',
      'guide.filters.try',
      'guide.filters.block',
      'guide.filters.forward',
      'guide.filters.safe',
      'guide.filters.scripts',
    ],
    links: [
      { href: '/settings/filters', label: 'rules.title' },
      { href: '/folders', label: 'folders.title' },
    ],
  },
  {
    name: 'safety',
    title: 'guide.safety',
    lead: 'guide.safety.lead',
    icon: 'shield-check',
    lines: [
      'guide.safety.pictures',
      'guide.safety.warnings',
      'guide.safety.password',
      'guide.safety.files',
      'guide.safety.twoStep',
      'guide.safety.passkey',
      'guide.safety.apps',
      'guide.safety.sessions',
      'guide.safety.unsubscribe',
    ],
    links: [
      { href: '/settings/security', label: 'security.title' },
      { href: '/settings/reading', label: 'settings.reading' },
    ],
  },
  {
    name: 'programs',
    title: 'guide.programs',
    lead: 'guide.programs.lead',
    icon: 'smartphone',
    lines: [
      'guide.programs.where',
      'guide.programs.alone',
      'guide.programs.imap',
      'guide.programs.app',
      'guide.programs.wrong',
    ],
    links: [
      { href: '/settings/programs', label: 'programs.title' },
      { href: '/settings/security', label: 'security.appPasswords' },
    ],
  },
  {
    name: 'moving',
    title: 'guide.moving',
    lead: 'guide.moving.lead',
    icon: 'folder-input',
    lines: [
      'guide.moving.in',
      'guide.moving.out',
      'guide.moving.ticked',
      'guide.moving.contacts',
      'guide.moving.elsewhere',
      'guide.moving.jobs',
      'guide.moving.forward',
      'guide.moving.away',
    ],
    links: [
      { href: '/settings/transfer', label: 'transfer.title' },
      { href: '/settings/delivery', label: 'incoming.title' },
    ],
  },
  {
    name: 'offline',
    title: 'guide.offline',
    lead: 'guide.offline.lead',
    icon: 'globe',
    lines: [
      'guide.offline.news',
      'guide.offline.tab',
      'guide.offline.notify',
      'guide.offline.gone',
      'guide.offline.kept',
      'guide.offline.install',
    ],
    links: [{ href: '/settings/general', label: 'settings.general' }],
  },
];
