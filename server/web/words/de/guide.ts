// German of the pages of help.
import type { Catalogue } from '../words.ts';

export const deGuide: Catalogue = {
  'guide.title': 'Hilfe',
  'guide.all': 'Alles auf einer Seite',
  'guide.more': 'Mehr Hilfe',
  'guide.places': 'Seiten dazu',
  'guide.keys.lead': 'Tasten für das, was Sie oft tun',
  'guide.writing': 'Schreiben und senden',
  'guide.writing.lead': 'Entwürfe, zurückholen, später senden, Signaturen',
  'guide.writing.begin':
    '„{compose}“ beginnt eine Nachricht; „{reply}“, „{replyAll}“ und „{forward}“ stehen bei jeder geöffneten Nachricht.',
  'guide.writing.saved':
    'Was Sie schreiben, wird beim Tippen gespeichert und liegt in {drafts}, wo es auch Ihre anderen Geräte finden. Ohne JavaScript drücken Sie „{save}“.',
  'guide.writing.undo':
    'Nach „{send}“ bleiben einige Sekunden zum Nachdenken: „{undo}“ öffnet die Nachricht noch einmal, und niemand hat sie bekommen. Wie viele Sekunden, steht unter {settings}, {composing}; höchstens 30.',
  'guide.writing.later':
    '„{later}“ lässt eine Nachricht zu einer Zeit abgehen, die Sie wählen, innerhalb eines Jahres, ob Sie dann angemeldet sind oder nicht.',
  'guide.writing.outbox':
    'Was noch nicht abgegangen ist, liegt im {outbox}: Dort können Sie es ändern, sofort senden oder zurückholen.',
  'guide.writing.files':
    '„{attach}“ fügt Dateien hinzu; mit JavaScript lassen sie sich auch auf die Nachricht ziehen oder einfügen. Die Seite sagt, wie viel Platz hat.',
  'guide.writing.identities':
    '{settings}, {identities} hat einen Namen und eine Signatur für jede Ihrer Adressen; {templates} sind Texte, die Sie immer wieder brauchen.',
  'guide.writing.fate':
    'Zeichen in {sent} sagen, was aus einer Nachricht geworden ist, wo der Server das verfolgt. Was nicht zugestellt werden konnte, kommt mit dem Grund zurück.',
  'guide.finding': 'E-Mails finden',
  'guide.finding.lead': 'Wörter, Operatoren, erweiterte Suche',
  'guide.finding.words':
    'Schreiben Sie Wörter in das Suchfeld und drücken Sie die Eingabetaste. Gefunden wird, was sie alle hat: im Betreff, im Text oder in Namen und Adressen.',
  'guide.finding.operators':
    'Ein Wort mit Doppelpunkt sucht nur an einer Stelle. Mehrere zusammen finden weniger.',
  'guide.finding.left': '{trash} und {junk} werden ausgelassen, wenn nicht in: sie nennt oder anywhere sagt.',
  'guide.finding.advanced': '„{advanced}“ hat Felder für das meiste davon; da ist nichts zu merken.',
  'guide.finding.act':
    'Was gefunden wurde, lässt sich auswählen, verschieben, mit Labels versehen und löschen wie in jeder anderen Liste.',
  'guide.finding.typed': 'Sie schreiben',
  'guide.finding.finds': 'Es findet',
  'guide.row.from': 'E-Mails von Bob, nach Name oder Adresse',
  'guide.row.to': 'E-Mails an Carla, auch als Kopie',
  'guide.row.subject': 'dieses Wort im Betreff',
  'guide.row.phrase': 'diese Wörter nebeneinander',
  'guide.row.start': 'Wörter, die so beginnen',
  'guide.row.not': 'E-Mails ohne dieses Wort',
  'guide.row.or': 'E-Mails mit einem von beiden',
  'guide.row.has': 'E-Mails mit Dateien',
  'guide.row.filename': 'Dateien mit diesem Teil im Namen',
  'guide.row.is': 'Ungelesenes; auch is:read und is:starred',
  'guide.row.in': 'E-Mails eines Ordners; in:anywhere: aller Ordner',
  'guide.row.after': 'an diesem Tag oder später empfangen',
  'guide.row.before': 'vor diesem Tag empfangen',
  'guide.row.larger': 'größer als 5 MB; umgekehrt: smaller:200k',
  'guide.order': 'Ordnung halten',
  'guide.order.lead': 'Ordner, Labels, zurückstellen, rückgängig machen',
  'guide.order.archive':
    '„{archive}“ nimmt eine Nachricht aus dem {inbox}, ohne sie zu löschen. {junk} ist für E-Mails, die Sie nie wollten; „{notJunk}“ holt eine Nachricht zurück.',
  'guide.order.folders':
    'Ordner werden auf der Seite {folders} angelegt, umbenannt und ineinander verschoben. Mit JavaScript lassen sich Nachrichten auf einen Ordner ziehen; mit gedrückter Strg-Taste werden sie kopiert.',
  'guide.order.labels':
    'Eine Nachricht liegt in einem Ordner und kann mehrere Labels haben. {settings}, {labels} hat deren Namen und Farben; andere Mailprogramme sehen sie auch.',
  'guide.order.snooze':
    '„{snooze}“ legt eine Nachricht weg, bis zu einer Zeit, die Sie wählen. Dann steht sie wieder oben in ihrer Liste, ungelesen.',
  'guide.order.select':
    'Haken Sie mehrere Nachrichten an, um mit allen auf einmal etwas zu tun. Ist eine ganze Seite angehakt, lässt sich auch der Rest des Ordners auswählen.',
  'guide.order.conversations':
    'Nachrichten, die zusammengehören, sind eine Zeile. Das Menü „{sort}“ zeigt stattdessen in diesem Ordner jede für sich.',
  'guide.order.undo':
    '„{undo}“ nimmt zurück, was Sie getan haben, 24 Stunden lang; {settings}, {activity} führt es auf. Was endgültig gelöscht wurde, bleibt gelöscht.',
  'guide.order.cleaning':
    'Was in {trash} und {junk} liegt, wird nach einigen Tagen endgültig entfernt. {settings}, {general} sagt, nach wie vielen; 0 behält es.',
  'guide.safety': 'Sicherheit',
  'guide.safety.lead': 'Bilder, Warnungen, zwei Schritte, App-Passwörter',
  'guide.safety.pictures':
    'Bilder von anderen Servern verraten dem Absender, dass Sie lesen; geladen werden sie nur, wenn Sie es erlauben. „{show}“ lädt sie für eine Nachricht; sie kommen über unseren Server, und der Absender sieht Ihre Netzadresse nicht.',
  'guide.safety.warnings':
    'Über einer Nachricht steht eine Warnung, wenn ihr Absender eine Prüfung nicht bestanden hat, wenn sein Name eine andere Adresse vorgibt oder wenn Antworten anderswohin gingen. Seien Sie dann vorsichtig mit Links, Dateien und Bitten.',
  'guide.safety.password':
    'Niemand braucht Ihr Passwort per E-Mail. Verlassen Sie eine Seite, die es nach einem Klick in einer Nachricht haben will.',
  'guide.safety.files':
    'Dateien, die schaden können, sind gekennzeichnet, und Sie werden gefragt, bevor Sie eine bekommen.',
  'guide.safety.twoStep':
    '{settings}, {security}, „{twoStep}“: Nach dem Passwort wird ein Code von Ihrem Telefon verlangt. Bewahren Sie die Wiederherstellungscodes auf Papier auf.',
  'guide.safety.passkey':
    'Ein Passkey meldet Sie mit Fingerabdruck, Gesicht oder PIN eines Geräts an, statt mit Passwort und Code.',
  'guide.safety.apps':
    'Geben Sie jedem Mailprogramm ein eigenes App-Passwort: Es öffnet das Webmail nicht und lässt sich ohne die anderen zurücknehmen.',
  'guide.safety.sessions':
    'Dieselbe Seite zeigt, wo Sie angemeldet sind und was in den letzten 90 Tagen geschah. Sieht etwas seltsam aus, ändern Sie Ihr Passwort und drücken Sie „{everywhere}“.',
  'guide.safety.unsubscribe':
    '„{unsubscribe}“ verlässt einen Verteiler. Für E-Mails, die Sie nie wollten, ist {junk} besser.',
  'guide.programs': 'Telefon und Mailprogramme',
  'guide.programs.lead': 'Server, Ports, App-Passwörter',
  'guide.programs.where':
    '{settings}, {programs} hat Server, Ports und Benutzernamen für Mailprogramme. Der Benutzername ist Ihre ganze Adresse.',
  'guide.programs.alone':
    'Viele Programme finden das von selbst, wenn Sie Ihre Adresse eingeben; für iPhone, iPad und Mac hat die Seite ein Profil.',
  'guide.programs.imap':
    'Mit IMAP zeigt ein Programm dieselben Ordner und Nachrichten wie das Webmail, und was Sie hier lesen, ist dort gelesen. Mit POP3 bekommt es nur den {inbox}.',
  'guide.programs.app':
    'Bei der Anmeldung in zwei Schritten braucht ein Programm ein App-Passwort statt Ihres Passworts.',
  'guide.programs.wrong':
    'Nach mehreren falschen Passwörtern lässt der Server ein Programm warten. Berichtigen Sie das Passwort in allen Programmen und versuchen Sie es dann noch einmal.',
  'guide.moving': 'E-Mails herein- und hinausbringen',
  'guide.moving.lead': 'Import, Export, Weiterleitung',
  'guide.moving.in':
    '{settings}, {transfer} nimmt E-Mails auf: mbox-Dateien, ZIP-Archive mit Nachrichten oder einzelne Nachrichten (.eml). Was schon im Ordner ist, wird ausgelassen.',
  'guide.moving.out':
    'Dieselbe Seite gibt einen Ordner als eine Datei heraus, oder alles, mit Kontakten und Einstellungen, als ein Archiv.',
  'guide.moving.ticked': 'In einer Liste angehakte Nachrichten lassen sich über deren Menü herunterladen.',
  'guide.moving.contacts': 'Die Seite {contacts} nimmt und gibt vCard und CSV.',
  'guide.moving.elsewhere':
    'Von einem anderen Anbieter bringt auch ein Mailprogramm die E-Mails herüber: Richten Sie darin beide Konten ein und kopieren Sie die Ordner.',
  'guide.moving.jobs':
    'Was lange dauert, läuft weiter, wenn Sie die Seite verlassen. Eine Zeile sagt, wie weit es ist, und es lässt sich anhalten.',
  'guide.moving.forward':
    '{settings}, {delivery} schickt E-Mails an eine andere Adresse weiter und beantwortet sie, während Sie weg sind.',
  'guide.moving.away':
    'Die Antwort kann einen ersten und einen letzten Tag haben und nur an Personen aus Ihren Kontakten gehen. Listen und Maschinen bekommen keine, und innerhalb der gewählten Tage bekommt sie niemand zweimal. Eine Zeile auf jeder Seite sagt, dass sie an ist.',
  'guide.offline': 'Neue E-Mails und keine Verbindung',
  'guide.offline.lead': 'Benachrichtigungen, ohne Netz, installieren',
  'guide.offline.news':
    'Neue E-Mails erscheinen von selbst, solange eine Seite offen ist. Ohne JavaScript laden Sie die Seite neu oder lassen Sie es die Listen selbst tun: {settings}, {general}.',
  'guide.offline.tab': 'Der Titel des Tabs sagt, wie viel im {inbox} ungelesen ist.',
  'guide.offline.notify':
    '{settings}, {general} schaltet Benachrichtigungen über neue E-Mails ein: Absender und Betreff, ohne Ton, solange eine Seite des Webmails offen ist. Der Browser fragt einmal, ob er darf.',
  'guide.offline.gone':
    'Ohne Verbindung sagt das eine Seite. Eine Nachricht, die Sie gerade schreiben, bleibt auf dem Bildschirm, und dieser Browser behält sie, bis der Server sie hat.',
  'guide.offline.kept': 'Die E-Mails, die Sie lesen, werden nicht auf dem Gerät gespeichert.',
  'guide.offline.install':
    'Die meisten Browser bieten an, das Webmail zu installieren: Dann hat es ein eigenes Fenster und ein eigenes Symbol.',
};
