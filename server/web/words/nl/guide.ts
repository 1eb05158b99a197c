// Dutch of the pages of help.
import type { Catalogue } from '../words.ts';

export const nlGuide: Catalogue = {
  'guide.title': 'Hulp',
  'guide.all': 'Alles op één pagina',
  'guide.more': 'Meer hulp',
  'guide.places': 'Pagina’s hiervoor',
  'guide.keys.lead': 'Toetsen voor wat je vaak doet',
  'guide.writing': 'Schrijven en verzenden',
  'guide.writing.lead': 'Concepten, terughalen, later verzenden, handtekeningen',
  'guide.writing.begin':
    '“{compose}” begint een bericht; “{reply}”, “{replyAll}” en “{forward}” staan bij elk geopend bericht.',
  'guide.writing.saved':
    'Wat je schrijft, wordt bewaard terwijl je typt en ligt in {drafts}, waar je andere apparaten het ook vinden. Zonder JavaScript druk je op “{save}”.',
  'guide.writing.undo':
    'Na “{send}” zijn er enkele seconden om na te denken: “{undo}” opent het bericht weer, en niemand heeft het gekregen. {settings}, {composing} zegt hoeveel seconden, hoogstens 30.',
  'guide.writing.later':
    '“{later}” laat een bericht vertrekken op een tijd die je kiest, binnen een jaar, of je dan aangemeld bent of niet.',
  'guide.writing.outbox':
    'Wat nog niet vertrokken is, ligt in {outbox}: daar kun je het wijzigen, meteen verzenden of terughalen.',
  'guide.writing.files':
    '“{attach}” voegt bestanden toe; met JavaScript kun je ze ook op het bericht slepen of erin plakken. De pagina zegt hoeveel er past.',
  'guide.writing.identities':
    '{settings}, {identities} heeft een naam en een handtekening voor elk van je adressen; {templates} zijn teksten die je steeds weer gebruikt.',
  'guide.writing.fate':
    'Tekens in {sent} zeggen wat er van een bericht geworden is, waar de server dat bijhoudt. Wat niet bezorgd kon worden, komt terug met de reden.',
  'guide.finding': 'E-mail vinden',
  'guide.finding.lead': 'Woorden, operatoren, uitgebreid zoeken',
  'guide.finding.words':
    'Typ woorden in het zoekveld en druk op Enter. Gevonden wordt wat ze allemaal heeft: in het onderwerp, de tekst, of namen en adressen.',
  'guide.finding.operators':
    'Een woord met een dubbele punt zoekt op één plek. Meer bij elkaar vinden minder.',
  'guide.finding.left': '{trash} en {junk} worden overgeslagen, tenzij in: ze noemt of anywhere zegt.',
  'guide.finding.advanced': '“{advanced}” heeft velden voor het meeste hiervan; er is niets te onthouden.',
  'guide.finding.act':
    'Wat gevonden is, kun je aanvinken, verplaatsen, labelen en verwijderen zoals in elke andere lijst.',
  'guide.finding.typed': 'Je typt',
  'guide.finding.finds': 'Het vindt',
  'guide.row.from': 'e-mail van Bob, op naam of adres',
  'guide.row.to': 'e-mail aan Carla, ook als kopie',
  'guide.row.subject': 'dit woord in het onderwerp',
  'guide.row.phrase': 'deze woorden naast elkaar',
  'guide.row.start': 'woorden die zo beginnen',
  'guide.row.not': 'e-mail zonder dit woord',
  'guide.row.or': 'e-mail met een van beide',
  'guide.row.has': 'e-mail met bestanden',
  'guide.row.filename': 'bestanden met dit in hun naam',
  'guide.row.is': 'ongelezen e-mail; ook is:read en is:starred',
  'guide.row.in': 'e-mail van één map; in:anywhere: van alle',
  'guide.row.after': 'ontvangen op deze dag of later',
  'guide.row.before': 'ontvangen vóór deze dag',
  'guide.row.larger': 'groter dan 5 MB; andersom: smaller:200k',
  'guide.order': 'Orde houden',
  'guide.order.lead': 'Mappen, labels, snoozen, ongedaan maken',
  'guide.order.archive':
    '“{archive}” haalt een bericht uit {inbox} zonder het te verwijderen. {junk} is voor e-mail waar je nooit om vroeg; “{notJunk}” haalt een bericht terug.',
  'guide.order.folders':
    'Mappen maak je, hernoem je en zet je in elkaar op de pagina {folders}. Met JavaScript kun je berichten op een map slepen; met Ctrl ingedrukt worden ze gekopieerd.',
  'guide.order.labels':
    'Een bericht ligt in één map en kan meer labels hebben. {settings}, {labels} heeft hun namen en kleuren; andere mailprogramma’s zien ze ook.',
  'guide.order.snooze':
    '“{snooze}” legt een bericht weg tot een tijd die je kiest. Dan staat het weer boven in zijn lijst, ongelezen.',
  'guide.order.select':
    'Vink meer berichten aan om met alle tegelijk iets te doen. Is een hele pagina aangevinkt, dan kun je ook de rest van de map selecteren.',
  'guide.order.conversations':
    'Berichten die bij elkaar horen zijn één regel. Het menu “{sort}” toont ze in deze map elk apart.',
  'guide.order.undo':
    '“{undo}” maakt ongedaan wat je deed, 24 uur lang; {settings}, {activity} somt het op. Wat definitief verwijderd is, blijft verwijderd.',
  'guide.order.cleaning':
    'Wat in {trash} en {junk} ligt, wordt na enkele dagen definitief verwijderd. {settings}, {general} zegt na hoeveel; 0 bewaart het.',
  'guide.safety': 'Veiligheid',
  'guide.safety.lead': 'Afbeeldingen, waarschuwingen, twee stappen, app-wachtwoorden',
  'guide.safety.pictures':
    'Afbeeldingen van andere servers verraden de afzender dat je leest; ze worden dus alleen geladen als je het toestaat. “{show}” laadt ze voor één bericht; ze gaan via onze server, en de afzender ziet je netwerkadres niet.',
  'guide.safety.warnings':
    'Boven een bericht staat een waarschuwing als de afzender een controle niet doorstond, als de naam zich voor een ander adres uitgeeft, of als antwoorden ergens anders heen zouden gaan. Wees dan voorzichtig met links, bestanden en verzoeken.',
  'guide.safety.password':
    'Niemand heeft je wachtwoord per e-mail nodig. Verlaat een pagina die het wil na een klik in een bericht.',
  'guide.safety.files':
    'Bestanden die schade kunnen doen zijn gemarkeerd, en je wordt gevraagd voordat je er een krijgt.',
  'guide.safety.twoStep':
    '{settings}, {security}, “{twoStep}”: na het wachtwoord wordt een code van je telefoon gevraagd. Bewaar de herstelcodes op papier.',
  'guide.safety.passkey':
    'Een passkey meldt je aan met de vingerafdruk, het gezicht of de pincode van een apparaat, in plaats van wachtwoord en code.',
  'guide.safety.apps':
    'Geef elk mailprogramma een eigen app-wachtwoord: het opent de webmail niet en kan worden ingetrokken zonder de andere.',
  'guide.safety.sessions':
    'Dezelfde pagina toont waar je aangemeld bent en wat er de laatste 90 dagen gebeurde. Lijkt iets vreemd, wijzig dan je wachtwoord en druk op “{everywhere}”.',
  'guide.safety.unsubscribe':
    '“{unsubscribe}” verlaat een mailinglijst. Voor e-mail waar je nooit om vroeg is {junk} beter.',
  'guide.programs': 'Telefoon en mailprogramma’s',
  'guide.programs.lead': 'Servers, poorten, app-wachtwoorden',
  'guide.programs.where':
    '{settings}, {programs} heeft de servers, poorten en gebruikersnaam voor mailprogramma’s. De gebruikersnaam is je hele adres.',
  'guide.programs.alone':
    'Veel programma’s vinden dit vanzelf als je je adres typt; voor iPhone, iPad en Mac heeft de pagina een profiel.',
  'guide.programs.imap':
    'Met IMAP toont een programma dezelfde mappen en berichten als de webmail, en wat je in het ene leest is gelezen in het andere. Met POP3 krijgt het alleen {inbox}.',
  'guide.programs.app':
    'Met aanmelden in twee stappen heeft een programma een app-wachtwoord nodig in plaats van het jouwe.',
  'guide.programs.wrong':
    'Na meer verkeerde wachtwoorden laat de server een programma wachten. Zet het wachtwoord in al je programma’s goed en probeer het dan opnieuw.',
  'guide.moving': 'E-mail binnen- en buitenbrengen',
  'guide.moving.lead': 'Importeren, exporteren, doorsturen',
  'guide.moving.in':
    '{settings}, {transfer} neemt e-mail op: mbox-bestanden, ZIP-archieven met berichten, of losse berichten (.eml). Wat al in de map staat, wordt overgeslagen.',
  'guide.moving.out':
    'Dezelfde pagina geeft een map als één bestand, of alles, met contacten en instellingen, als één archief.',
  'guide.moving.ticked': 'Berichten die in een lijst zijn aangevinkt, kun je via het menu ervan downloaden.',
  'guide.moving.contacts': 'De pagina {contacts} neemt en geeft vCard en CSV.',
  'guide.moving.elsewhere':
    'Van een andere provider brengt ook een mailprogramma e-mail over: stel daarin beide accounts in en kopieer de mappen.',
  'guide.moving.jobs':
    'Wat lang duurt, gaat door als je de pagina verlaat. Een regel zegt hoe ver het is, en je kunt het stoppen.',
  'guide.moving.forward':
    '{settings}, {delivery} stuurt e-mail door naar een ander adres en beantwoordt die terwijl je weg bent.',
  'guide.moving.away':
    'Het antwoord kan een eerste en een laatste dag hebben en alleen naar mensen in uw contacten gaan. Lijsten en machines krijgen het niet, en niemand krijgt het twee keer binnen de dagen die u kiest. Een regel op elke pagina zegt dat het aanstaat.',
  'guide.offline': 'Nieuwe e-mail en geen verbinding',
  'guide.offline.lead': 'Meldingen, zonder net, installeren',
  'guide.offline.news':
    'Nieuwe e-mail verschijnt vanzelf zolang een pagina open is. Laad zonder JavaScript de pagina opnieuw, of laat lijsten dat doen: {settings}, {general}.',
  'guide.offline.tab': 'De titel van het tabblad zegt hoeveel er ongelezen is in {inbox}.',
  'guide.offline.notify':
    '{settings}, {general} zet meldingen van nieuwe e-mail aan: afzender en onderwerp, zonder geluid, zolang een pagina van de webmail open is. De browser vraagt één keer of het mag.',
  'guide.offline.gone':
    'Zonder verbinding zegt een pagina dat. Een bericht dat je schrijft blijft op het scherm, en deze browser bewaart het tot de server het heeft.',
  'guide.offline.kept': 'De e-mail die je leest wordt niet op het apparaat bewaard.',
  'guide.offline.install':
    'De meeste browsers bieden aan de webmail te installeren: dan heeft die een eigen venster en pictogram.',
};
