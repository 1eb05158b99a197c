// German of the header area of a message and its warnings.
import type { Catalogue } from '../words.ts';

export const deHeader: Catalogue = {
  'header.sentVia': 'Gesendet über',
  'header.connection': 'Verbindung',
  'header.encrypted': 'Verschlüsselt, von {host}',
  'header.plain': 'Nicht verschlüsselt, von {host}',
  'header.checked': 'Absender',
  'header.signed': 'signiert von {domain}',
  'header.comesFrom': 'kommt von {domain}',
  'header.unsigned': 'konnte nicht geprüft werden',
  'header.addContact': 'Zu den Kontakten hinzufügen',
  'header.addNamed': '{name} zu den Kontakten hinzufügen',
  'header.showContact': 'Kontakt zeigen',
  'header.showNamed': 'Kontakt {name} zeigen',
  'warning.dmarc':
    'Der Absender dieser Nachricht hat die Prüfung nicht bestanden: {domain} sagt, dass sie nicht von dort kommt. Vorsicht mit Links, Dateien und Aufforderungen.',
  'warning.newReplyElsewhere':
    'Sie haben {sender} noch nie geschrieben, und Antworten auf diese Nachricht gehen an eine andere Domain: {address}.',
  'warning.ownName':
    'Diese Nachricht trägt Ihren eigenen Namen, kommt aber von {address}, und das ist keine Ihrer Adressen.',
  'unsubscribe.title': 'Abbestellen',
  'unsubscribe.link': 'Abbestellen',
  'unsubscribe.left': 'Abbestellt am {date}',
  'unsubscribe.question': '{name} abbestellen?',
  'unsubscribe.post':
    'Eine Anfrage geht an {target}. Dort weiß man dann, dass diese Nachricht Sie erreicht hat.',
  'unsubscribe.letter': 'Ein Brief geht von Ihrer Adresse an {target}.',
  'unsubscribe.page': 'Abbestellt wird auf einer Seite von {target}, die sich in einem neuen Tab öffnet.',
  'unsubscribe.sender': 'Die Nachricht gibt an, von {sender} zu sein. Das wurde nicht geprüft.',
  'unsubscribe.signed': 'Die Nachricht ist von {sender}, signiert von {domain}.',
  'unsubscribe.button': 'Abbestellen',
  'unsubscribe.open': 'Seite öffnen',
  'unsubscribe.done': 'Abbestellt.',
  'unsubscribe.failed':
    '{host} hat die Anfrage nicht angenommen. Versuchen Sie es noch einmal, oder öffnen Sie die Seite.',
  'unsubscribe.notSent': 'Der Brief konnte nicht gesendet werden: {words}',
  'unsubscribe.none': 'Diese Nachricht ist nicht mehr da oder nennt keinen Weg zum Abbestellen.',
};
