// German of the server’s settings in the administration.
import type { Catalogue } from '../words.ts';

export const deControl: Catalogue = {
  'control.title': 'Einstellungen',
  'control.hint':
    'Jede Einstellung ist eine Datei in control/. Was keine Datei hat, hat seine Vorgabe. Das laufende Programm übernimmt eine Änderung sofort, wenn ihre Seite nichts anderes sagt.',
  'control.search': 'Name oder Wörter',
  'control.filters': 'Welche Einstellungen',
  'control.only.all': 'Alle',
  'control.only.set': 'Mit Datei',
  'control.only.wrong': 'Fehlerhaft',
  'control.none': 'Keine Einstellung passt.',
  'control.wrong': { one: 'Eine Datei ist fehlerhaft.', other: '{n} Dateien sind fehlerhaft.' },
  'control.wrongHint':
    'Ein laufendes Programm behält, was in der Datei stand, bevor sie fehlerhaft wurde; eines, das startet, startet vielleicht nicht.',
  'control.unknown': 'Dateien, die niemand liest',
  'control.unknownHint':
    'Sie liegen in control/, und kein Teil des Programms kennt sie: ein vertippter Name oder die Datei eines anderen Programms.',
  'control.runScripts': 'Nur die run-Skripte alter Server lesen das.',
  'control.setting': 'Einstellung',
  'control.value': 'Gilt jetzt',
  'control.default': 'Vorgabe',
  'control.isDefault': 'Vorgabe:',
  'control.empty': '(leer)',
  'control.isWrong': 'fehlerhaft',
  'control.more': { one: 'und eine weitere Zeile', other: 'und {n} weitere Zeilen' },
  'control.room.names': 'Namen des Servers',
  'control.room.doors': 'Dienste und ihre Grenzen',
  'control.room.policy': 'Wer was senden darf',
  'control.room.rules': 'Zugangsregeln',
  'control.room.senders': 'Echtheit von Absendern',
  'control.room.junk': 'Spam und Viren',
  'control.room.queue': 'Warteschlange und Unzustellbares',
  'control.room.local': 'Zustellung auf diesem Server',
  'control.room.remote': 'E-Mails an andere Server',
  'control.room.people': 'Konten und Webmail',
  'control.room.roles': 'Benutzer des Programms',
  'control.room.history': 'Verlauf der Zustellungen',
  'control.kind': 'Form',
  'control.kind.line': 'eine Zeile',
  'control.kind.int': 'eine Zahl',
  'control.kind.list': 'ein Eintrag je Zeile; Zeilen, die mit # beginnen, sind Kommentare',
  'control.kind.map': 'Schlüssel:Wert, je einer in einer Zeile; Zeilen, die mit # beginnen, sind Kommentare',
  'control.kind.text': 'ein Text',
  'control.kind.cdb': 'eine kompilierte Tabelle',
  'control.kind.rules': 'Regeln, je eine in einer Zeile; Zeilen, die mit # beginnen, sind Kommentare',
  'control.readers': 'Gelesen von',
  'control.origin': 'Bei qmail bekannt',
  'control.yes': 'ja',
  'control.no': 'nein',
  'control.room': 'Gehört zu',
  'control.atStart':
    'Diese Datei wird beim Start des Programms gelesen. Eine Änderung gilt nach einem Neustart.',
  'control.text': 'Text der Datei',
  'control.newText': 'Neuer Text der Datei',
  'control.noFile':
    'Es gibt jetzt keine Datei, deshalb gilt die Vorgabe. Eine leere Datei ist nicht dasselbe wie keine.',
  'control.maskedHint':
    'Passwörter werden nicht gezeigt. Schreiben Sie den ganzen Text neu, mit allen Passwörtern; er tritt an die Stelle des alten.',
  'control.stored': 'Die Datei jetzt',
  'control.conflict': 'Jemand anderes hat diese Datei inzwischen geändert.',
  'control.conflictHint':
    'Oben steht die Datei, wie sie jetzt ist, unten Ihre Eingabe. Speichern ersetzt die Datei durch Ihre Eingabe.',
  'control.back': 'Alle Einstellungen',
  'control.toDefault': 'Zurück zur Vorgabe',
  'control.saved': 'Gespeichert.',
  'control.savedForStart': 'Gespeichert. Es gilt nach einem Neustart.',
  'control.shutsOut':
    'Ihr eigener Zugang, {host}, ist nicht darunter: Nach einem Neustart kämen Sie nicht mehr herein. Fügen Sie ihn hinzu.',
  'control.lock.domains':
    'Um diese Datei kümmern sich die Seiten der Domains: Fügen Sie dort eine Domain hinzu oder entfernen Sie eine, dann ändern sich alle zusammengehörigen Dateien gemeinsam.',
  'control.lock.host':
    'Dieser Name steht auch in anderen Dateien, in E-Mails, die unterwegs sind, und im DNS. Ändern Sie ihn auf der Maschine mit config-fast, und starten Sie das Programm neu.',
  'control.lock.programs':
    'Was hier steht, lässt das Programm andere Programme ausführen. Es wird nur auf der Maschine geändert, damit niemand, der an eine Sitzung im Webmail gekommen ist, etwas ausführen kann.',
  'control.lock.users':
    'Das sind Benutzer der Maschine, für ein Programm, das root startet. Es wird nur auf der Maschine geändert.',
  'control.lock.accounts':
    'Das sagt, wo die Konten sind. Ein falsches Wort würde alle aussperren, die es richtigstellen könnten, deshalb wird es nur auf der Maschine geändert.',
  'control.lock.compiled':
    'Diese Tabelle wird auf der Maschine kompiliert; es gibt keinen Text zum Bearbeiten.',
  'control.lock.odd':
    'Hier liegt etwas anderes als eine einfache Datei von höchstens 65536 Bytes, etwa ein Link. Es wird nur auf der Maschine geändert.',
  'control.lock.bytes':
    'Die Datei enthält Bytes, die kein UTF-8 sind und ein Formular nicht unversehrt überstünden. Sie wird nur auf der Maschine geändert.',
};
