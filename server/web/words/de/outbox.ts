// German of what happens after Send.
import type { Catalogue } from '../words.ts';

export const deOutbox: Catalogue = {
  'outbox.title': 'Postausgang',
  'outbox.onItsWay': 'Unterwegs.',
  'outbox.sendingIn': { one: 'Wird in {n} s gesendet.', other: 'Wird in {n} s gesendet.' },
  'outbox.sending': 'Wird gesendet.',
  'outbox.sent': 'Gesendet.',
  'outbox.sentWithoutCopy':
    'Gesendet. Die Kopie für Gesendet konnte nicht abgelegt werden; senden Sie nicht noch einmal.',
  'outbox.view': 'Ansehen',
  'outbox.notSent': 'Die Nachricht konnte nicht gesendet werden. Sie wartet im Postausgang.',
  'outbox.takenBack': 'Nicht gesendet. Sie ist wieder ein Entwurf.',
  'outbox.willBeSent': 'Wird am {time} gesendet.',
  'outbox.tooLate': 'Diese Nachricht ist schon weg.',
  'outbox.tooMany': {
    one: 'Im Postausgang kann nur {n} Nachricht warten.',
    other:
      'Im Postausgang können höchstens {n} Nachrichten warten. Senden oder löschen Sie zuerst eine davon.',
  },
  'outbox.stuckBar': {
    one: 'Eine Nachricht konnte nicht gesendet werden.',
    other: '{n} Nachrichten konnten nicht gesendet werden.',
  },
  'outbox.toOutbox': 'Postausgang öffnen',
  'outbox.why.refused': 'Die Nachricht wurde nicht gesendet. Das E-Mail-System hat sie abgelehnt: {words}',
  'outbox.why.queue':
    'Die Nachricht wurde nicht gesendet. Das E-Mail-System kann sie jetzt nicht annehmen: {words}',
  'outbox.why.disabled': 'Die Nachricht wurde nicht gesendet. Dieses Konto darf jetzt nicht senden.',
  'outbox.why.unmade':
    'Die Nachricht wurde nicht gesendet. Sie konnte nicht zusammengesetzt werden: Ihre Absenderadresse oder Formatierung ist nicht mehr brauchbar.',
  'outbox.why.full':
    'Die Nachricht wurde nicht gesendet. Ihr Postfach ist voll, für eine Kopie in Gesendet ist kein Platz.',
  'outbox.waitingTitle': 'Noch nicht gesendet',
  'outbox.hint': 'Bis eine Nachricht weg ist, können Sie sie ändern oder zurückholen.',
  'outbox.empty': 'Hier wartet nichts',
  'outbox.emptyHint':
    'Nachrichten, die später gesendet werden oder noch nicht gesendet werden konnten, stehen hier.',
  'outbox.sendsSoon': 'Geht in ein paar Sekunden',
  'outbox.sendsAt': 'Geht am {time}',
  'outbox.beingSent': 'Wird gerade gesendet',
  'outbox.triedAgain': 'Um {time} wird es wieder versucht.',
  'outbox.edit': 'Ändern',
  'outbox.editName': 'Ändern: {subject}',
  'outbox.now': 'Jetzt senden',
  'outbox.nowName': 'Jetzt senden: {subject}',
  'outbox.cancel': 'Nicht senden',
  'outbox.cancelName': 'Nicht senden: {subject}',
  'outbox.change': 'Andere Zeit',
  'outbox.changeName': 'Andere Zeit: {subject}',
  'outbox.cancelled': 'Nicht gesendet. Sie ist in Entwürfe.',
  'outbox.moved': 'Wird am {time} gesendet.',
  'outbox.date': 'Datum',
  'outbox.time': 'Uhrzeit',
  'outbox.set': 'Festlegen',
  'outbox.later': 'Später senden',
  'outbox.tomorrow': 'Morgen, {time}',
  'outbox.monday': 'Montag, {time}',
  'outbox.atTime': 'An einem Tag zu einer Zeit',
  'outbox.zone': 'Zeiten sind die von {zone}.',
  'outbox.noTime': 'Wählen Sie Datum und Uhrzeit, um später zu senden.',
  'outbox.pastTime': 'Diese Zeit ist vorbei. Wählen Sie eine spätere.',
  'outbox.farTime': 'Eine Nachricht kann höchstens ein Jahr warten. Wählen Sie eine frühere Zeit.',
  'check.noRecipient': 'Sagen Sie, für wen diese Nachricht ist.',
  'check.tooMany': {
    one: 'Eine Nachricht kann an {n} Empfänger gehen; diese hat {count}.',
    other: 'Eine Nachricht kann an {n} Empfänger gehen; diese hat {count}.',
  },
  'check.noMailbox': 'Es gibt kein Postfach {address}.',
  'check.noMailboxBut': 'Es gibt kein Postfach {address}. Meinten Sie {likely}?',
  'check.noDomain': {
    one: 'Für {domains} wurde kein E-Mail-Server gefunden. Ist es richtig geschrieben?',
    other: 'Für diese wurde kein E-Mail-Server gefunden: {domains}. Sind sie richtig geschrieben?',
  },
  'check.open': {
    one: '{n} Empfänger wird von den anderen gesehen.',
    other: 'Alle {n} Empfänger sehen die Adressen der anderen.',
  },
  'check.hide': 'Alle nach Bcc verschieben',
  'check.noSubject': 'Diese Nachricht hat keinen Betreff. Trotzdem senden?',
  'check.noBody': 'Diese Nachricht hat keinen Text. Trotzdem senden?',
  'check.noAttachment': 'Der Text spricht von einer Datei, aber keine ist angehängt. Trotzdem senden?',
  'check.attachmentWords':
    'angehängt, im anhang, als anhang, anbei, beigefügt, beiliegend, in der anlage, füge ich bei',
  'check.never': 'Nicht mehr fragen',
  'check.anyway': 'Trotzdem senden',
};
