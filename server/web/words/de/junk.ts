// German of the page that keeps junk out.
import type { Catalogue } from '../words.ts';

export const deJunk: Catalogue = {
  'junk.title': 'Spam',
  'junk.hint':
    'Was fremde Server und ihre E-Mails bestehen müssen, bevor sie angenommen werden. Eine Änderung gilt ab der nächsten E-Mail.',
  'junk.rules': 'Regeln',
  'junk.junkscore': 'Punkte, ab denen eine E-Mail als Spam gilt',
  'junk.rejectscore': 'Punkte, ab denen eine E-Mail abgewiesen wird',
  'junk.greylist': 'Greylisting: Sekunden, die die erste E-Mail eines Fremden wartet',
  'junk.greylistHint':
    'Mailserver versuchen es von selbst noch einmal, die meisten Programme von Spammern nicht. Üblich sind 300; leer heißt aus.',
  'junk.reputation': 'Netzen, aus denen meist Spam kam, nur wenige Verbindungen geben',
  'junk.others': 'Weitere Einstellungen:',
  'junk.noState':
    'Listen und Prüfprogramme können nicht gezeigt werden: Eine Control-Datei ist falsch, oder viele sehen diese Seite gerade an.',
  'junk.scanners': 'Prüfprogramme',
  'junk.scanner': 'Prüfprogramm',
  'junk.address': 'Adresse',
  'junk.off': 'aus',
  'junk.answers': 'antwortet, {ms} ms',
  'junk.silent': 'antwortet nicht: {why}',
  'junk.lists': 'DNS-Listen',
  'junk.noLists': 'Es wird keine Liste befragt.',
  'junk.list': 'Liste',
  'junk.does': 'Ein Eintrag',
  'junk.does.defer': 'weist vorerst ab',
  'junk.does.reject': 'weist ab',
  'junk.does.allow': 'macht willkommen',
  'junk.does.note': 'gibt {points} Punkte',
  'junk.list.right': 'in Ordnung',
  'junk.list.everything': 'führt alles auf: nicht befragt',
  'junk.list.nothing': 'Testeintrag fehlt',
  'junk.list.unknown': 'antwortet nicht',
  'junk.turned': 'Zuletzt abgewiesen oder als Spam markiert',
  'junk.noTurned': 'Noch nichts.',
  'junk.refused': 'abgewiesen',
  'junk.junked': 'Spam',
};
