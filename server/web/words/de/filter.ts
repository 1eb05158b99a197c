// German of the junk filter: its settings, and why a message is in Junk.
import type { Catalogue } from '../words.ts';

export const deFilter: Catalogue = {
  'filter.lead':
    'Ihr eigener Filter lernt aus dem, was Sie in den Spam-Ordner verschieben und wieder herausholen. Neue E-Mails, die nach Spam aussehen, kommen in den Spam-Ordner, nirgendwo sonst hin.',
  'filter.none': 'Hier gibt es keine Filter. Ihre Verwaltung kann sie einschalten.',
  'filter.use': 'Meinen Filter verwenden',
  'filter.strictness': 'Wie streng',
  'filter.careful': 'Vorsichtig: mehr Spam im Posteingang, fast nie Erwünschtes im Spam',
  'filter.normal': 'Üblich',
  'filter.keen': 'Streng: weniger Spam im Posteingang, ab und zu Erwünschtes im Spam',
  'filter.learnedJunk': 'Als Spam gelernt',
  'filter.learnedGood': 'Als erwünscht gelernt',
  'filter.begins': 'Er sortiert, sobald er von jeder Art {count} Nachrichten kennt.',
  'filter.fromFolders': 'Aus meinen Ordnern lernen',
  'filter.fromFoldersHint':
    'Was im Spam-Ordner liegt, wird als Spam gelernt, was Sie in anderen Ordnern gelesen haben, als erwünscht.',
  'filter.learning': 'Aus Ihren Ordnern wird gelernt',
  'filter.learned': {
    one: '{n} Nachricht war neu für Ihren Filter.',
    other: '{n} Nachrichten waren neu für Ihren Filter.',
  },
  'filter.forget': 'Alles vergessen',
  'filter.forgetHint':
    'Ihr Filter vergisst, was er gelernt hat, und beginnt von vorn. Ihre E-Mails bleiben, wie sie sind.',
  'filter.forgotten': 'Ihr Filter hat alles vergessen.',
  'filter.why.words': 'Facteur hält dies für Spam: Wörter wie {words}.',
  'filter.why.filter': 'Facteur hält dies für Spam.',
  'filter.why.sender': 'Die Adresse des Absenders ließ sich nicht bestätigen.',
  'filter.why.listed': 'Sie kam über einen Server, der als Spam-Absender gelistet ist.',
  'filter.why.scanner': 'Ein Scanner hielt sie für Spam.',
  'filter.why.door': 'Sie sah verdächtig aus, als sie ankam.',
};
