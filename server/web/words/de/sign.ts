// German of the keys that sign a domain's mail.
import type { Catalogue } from '../words.ts';

export const deSign: Catalogue = {
  'dns.kind.dkim': 'Signaturen der E-Mails (DKIM)',
  'dns.about.dkim': 'Lässt andere prüfen, ob E-Mails der Domain wirklich von Ihnen sind.',
  'dns.why.dkim-several':
    'Es gibt mehrere Einträge, und andere nehmen vielleicht den falschen. Behalten Sie einen.',
  'dns.why.dkim-revoked':
    'Der Eintrag nimmt den Schlüssel zurück: sein p ist leer. Ersetzen Sie den Eintrag.',
  'dns.why.dkim-other-key': 'Der Eintrag enthält einen anderen Schlüssel oder keinen. Ersetzen Sie ihn.',
  'dns.why.dkim-testing': 'Der Eintrag sagt, dass Sie nur testen. Entfernen Sie t=y.',
  'signing.title': 'Signieren (DKIM)',
  'signing.hint':
    'Ausgehende E-Mails werden signiert, damit andere prüfen können, dass sie von Ihnen sind. Die Schlüssel finden sie im DNS.',
  'signing.none':
    'E-Mails dieser Domain gehen ohne Signatur hinaus. Viele Server halten solche E-Mails für Spam.',
  'signing.right': 'E-Mails werden signiert, und andere finden die Schlüssel.',
  'signing.wrong':
    'E-Mails werden signiert, aber andere finden die Schlüssel nicht so, wie sie sein sollen. Veröffentlichen Sie die Einträge unten.',
  'signing.waiting':
    'Neue Schlüssel warten. Veröffentlichen Sie ihre Einträge; sobald andere sie finden, lassen Sie sie signieren.',
  'signing.state.current': 'signiert',
  'signing.state.next': 'wartet',
  'signing.state.old': 'ruht',
  'signing.state.broken': 'defekt',
  'signing.made': 'erzeugt {time}',
  'signing.copy': 'Kopieren',
  'signing.copied': 'Kopiert',
  'signing.add': 'Schlüssel erzeugen',
  'signing.rotate': 'Neue Schlüssel erzeugen',
  'signing.rotateHint':
    'Schlüssel wechselt man am besten einmal im Jahr. Die jetzigen signieren, bis Sie die neuen signieren lassen.',
  'signing.use': 'Signieren lassen',
  'signing.useAnyway': 'Trotzdem signieren lassen',
  'signing.unpublished':
    'Andere finden diese Schlüssel noch nicht: {keys}. Von ihnen signierte E-Mails gälten als unsigniert.',
  'signing.remove': 'Entfernen',
  'signing.removeTitle': 'Den Schlüssel {key} entfernen?',
  'signing.removeOld':
    'Lassen Sie seinen Eintrag noch eine Woche im DNS: E-Mails, die unterwegs sind, werden noch mit ihm geprüft.',
  'signing.removeCurrent':
    'Er signiert gerade. Ohne ihn gehen E-Mails dieser Domain vielleicht unsigniert hinaus.',
};
