// French of the pages of help.
import type { Catalogue } from '../words.ts';

export const frGuide: Catalogue = {
  'guide.title': 'Aide',
  'guide.all': 'Tout sur une page',
  'guide.more': 'Plus d’aide',
  'guide.places': 'Les pages pour cela',
  'guide.keys.lead': 'Des touches pour ce que vous faites souvent',
  'guide.writing': 'Écrire et envoyer',
  'guide.writing.lead': 'Brouillons, reprendre, envoyer plus tard, signatures',
  'guide.writing.begin':
    '« {compose} » commence un message ; « {reply} », « {replyAll} » et « {forward} » sont avec chaque message ouvert.',
  'guide.writing.saved':
    'Ce que vous écrivez est enregistré pendant la frappe et se trouve dans {drafts}, où vos autres appareils le trouvent aussi. Sans JavaScript, appuyez sur « {save} ».',
  'guide.writing.undo':
    'Après « {send} », il reste quelques secondes pour réfléchir : « {undo} » rouvre le message, et personne ne l’a reçu. {settings}, {composing} dit combien de secondes, 30 au plus.',
  'guide.writing.later':
    '« {later} » fait partir un message à l’heure que vous choisissez, dans l’année, que vous soyez connecté ou non à ce moment.',
  'guide.writing.outbox':
    'Ce qui n’est pas encore parti est dans {outbox} : vous pouvez l’y modifier, l’envoyer tout de suite ou le reprendre.',
  'guide.writing.files':
    '« {attach} » ajoute des fichiers ; avec JavaScript, on peut aussi les déposer ou les coller dans le message. La page dit combien il tient.',
  'guide.writing.identities':
    '{settings}, {identities} a un nom et une signature pour chacune de vos adresses ; {templates} : des textes que vous réutilisez.',
  'guide.writing.fate':
    'Des marques dans {sent} disent ce qu’un message est devenu, là où le serveur le suit. Ce qui n’a pas pu être remis revient avec la raison.',
  'guide.finding': 'Trouver du courrier',
  'guide.finding.lead': 'Mots, opérateurs, recherche avancée',
  'guide.finding.words':
    'Écrivez des mots dans le champ de recherche et appuyez sur Entrée. On trouve ce qui les a tous : dans l’objet, le texte, ou les noms et adresses.',
  'guide.finding.operators':
    'Un mot avec deux-points ne cherche qu’à un endroit. Plusieurs ensemble trouvent moins.',
  'guide.finding.left': '{trash} et {junk} sont laissés de côté, sauf si in: les nomme ou dit anywhere.',
  'guide.finding.advanced': '« {advanced} » a des champs pour presque tout cela, sans rien à retenir.',
  'guide.finding.act':
    'Ce qui est trouvé peut être coché, déplacé, étiqueté et supprimé comme dans toute autre liste.',
  'guide.finding.typed': 'Vous écrivez',
  'guide.finding.finds': 'Cela trouve',
  'guide.row.from': 'le courrier de Bob, par nom ou adresse',
  'guide.row.to': 'le courrier à Carla, en copie aussi',
  'guide.row.subject': 'ce mot dans l’objet',
  'guide.row.phrase': 'ces mots côte à côte',
  'guide.row.start': 'les mots qui commencent ainsi',
  'guide.row.not': 'le courrier sans ce mot',
  'guide.row.or': 'le courrier avec l’un des deux',
  'guide.row.has': 'le courrier avec des fichiers',
  'guide.row.filename': 'les fichiers avec ceci dans leur nom',
  'guide.row.is': 'le courrier non lu ; aussi is:read et is:starred',
  'guide.row.in': 'le courrier d’un dossier ; in:anywhere : de tous',
  'guide.row.after': 'reçu ce jour-là ou plus tard',
  'guide.row.before': 'reçu avant ce jour',
  'guide.row.larger': 'plus de 5 Mo ; à l’inverse : smaller:200k',
  'guide.order': 'Garder l’ordre',
  'guide.order.lead': 'Dossiers, étiquettes, mise en veille, annuler',
  'guide.order.archive':
    '« {archive} » retire un message de {inbox} sans le supprimer. {junk} est pour le courrier que vous n’avez jamais demandé ; « {notJunk} » ramène un message.',
  'guide.order.folders':
    'Les dossiers se créent, se renomment et se rangent l’un dans l’autre sur la page {folders}. Avec JavaScript, on peut glisser des messages sur un dossier ; avec Ctrl enfoncée, ils sont copiés.',
  'guide.order.labels':
    'Un message est dans un dossier et peut avoir plusieurs étiquettes. {settings}, {labels} a leurs noms et couleurs ; les autres logiciels de courrier les voient aussi.',
  'guide.order.snooze':
    '« {snooze} » met un message de côté jusqu’à l’heure que vous choisissez. Il revient alors en haut de sa liste, non lu.',
  'guide.order.select':
    'Cochez plusieurs messages pour agir sur tous à la fois. Quand toute une page est cochée, on peut aussi sélectionner le reste du dossier.',
  'guide.order.conversations':
    'Les messages qui vont ensemble sont une ligne. Le menu « {sort} » les montre un par un, dans ce dossier.',
  'guide.order.undo':
    '« {undo} » défait ce que vous avez fait, pendant 24 heures ; {settings}, {activity} en donne la liste. Ce qui a été supprimé définitivement le reste.',
  'guide.order.cleaning':
    'Ce qui est dans {trash} et {junk} est supprimé définitivement après quelques jours. {settings}, {general} dit combien ; 0 le garde.',
  'guide.safety': 'Sécurité',
  'guide.safety.lead': 'Images, avertissements, deux étapes, mots de passe d’application',
  'guide.safety.pictures':
    'Les images d’autres serveurs disent à l’expéditeur que vous lisez ; elles ne sont donc chargées que si vous le permettez. « {show} » les charge pour un message ; elles passent par notre serveur, et l’expéditeur ne voit pas votre adresse réseau.',
  'guide.safety.warnings':
    'Un avertissement est au-dessus d’un message quand son expéditeur a échoué à un contrôle, quand son nom se donne pour une autre adresse, ou quand les réponses iraient ailleurs. Méfiez-vous alors des liens, des fichiers et des demandes.',
  'guide.safety.password':
    'Personne n’a besoin de votre mot de passe par courrier. Quittez une page qui le veut après un clic dans un message.',
  'guide.safety.files':
    'Les fichiers qui peuvent nuire sont signalés, et une question est posée avant de vous les donner.',
  'guide.safety.twoStep':
    '{settings}, {security}, « {twoStep} » : après le mot de passe, un code de votre téléphone est demandé. Gardez les codes de secours sur papier.',
  'guide.safety.passkey':
    'Une clé d’accès vous connecte avec l’empreinte, le visage ou le code PIN d’un appareil, à la place du mot de passe et du code.',
  'guide.safety.apps':
    'Donnez à chaque logiciel de courrier son propre mot de passe d’application : il n’ouvre pas le webmail et peut être retiré sans les autres.',
  'guide.safety.sessions':
    'La même page montre où vous êtes connecté et ce qui s’est passé ces 90 derniers jours. Si quelque chose paraît étrange, changez votre mot de passe et appuyez sur « {everywhere} ».',
  'guide.safety.unsubscribe':
    '« {unsubscribe} » quitte une liste de diffusion. Pour le courrier que vous n’avez jamais demandé, mieux vaut {junk}.',
  'guide.programs': 'Téléphone et logiciels de courrier',
  'guide.programs.lead': 'Serveurs, ports, mots de passe d’application',
  'guide.programs.where':
    '{settings}, {programs} a les serveurs, les ports et le nom d’utilisateur pour les logiciels de courrier. Le nom d’utilisateur est votre adresse entière.',
  'guide.programs.alone':
    'Beaucoup de logiciels les trouvent seuls quand vous tapez votre adresse ; pour iPhone, iPad et Mac, la page a un profil.',
  'guide.programs.imap':
    'Avec IMAP, un logiciel montre les mêmes dossiers et messages que le webmail, et ce que vous lisez dans l’un est lu dans l’autre. Avec POP3, il ne reçoit que {inbox}.',
  'guide.programs.app':
    'Avec la connexion en deux étapes, un logiciel a besoin d’un mot de passe d’application à la place du vôtre.',
  'guide.programs.wrong':
    'Après plusieurs mots de passe faux, le serveur fait attendre le logiciel. Corrigez le mot de passe dans tous vos logiciels, puis réessayez.',
  'guide.moving': 'Faire entrer et sortir du courrier',
  'guide.moving.lead': 'Importer, exporter, transférer',
  'guide.moving.in':
    '{settings}, {transfer} fait entrer du courrier : des fichiers mbox, des archives ZIP de messages, ou des messages seuls (.eml). Ce qui est déjà dans le dossier est laissé de côté.',
  'guide.moving.out':
    'La même page donne un dossier en un fichier, ou tout, avec contacts et réglages, en une archive.',
  'guide.moving.ticked': 'Les messages cochés dans une liste peuvent être téléchargés par son menu.',
  'guide.moving.contacts': 'La page {contacts} prend et donne vCard et CSV.',
  'guide.moving.elsewhere':
    'Depuis un autre fournisseur, un logiciel de courrier déplace aussi le courrier : réglez-y les deux comptes et copiez les dossiers.',
  'guide.moving.jobs':
    'Ce qui est long continue quand vous quittez la page. Une ligne dit où cela en est, et on peut l’arrêter.',
  'guide.moving.forward':
    '{settings}, {delivery} fait suivre le courrier à une autre adresse et y répond pendant votre absence.',
  'guide.moving.away':
    'La réponse peut avoir un premier et un dernier jour et n’aller qu’aux personnes de vos contacts. Les listes et les machines n’en reçoivent pas, et personne ne la reçoit deux fois dans les jours que vous choisissez. Une ligne sur chaque page dit qu’elle est activée.',
  'guide.offline': 'Nouveau courrier et absence de connexion',
  'guide.offline.lead': 'Notifications, hors ligne, installer',
  'guide.offline.news':
    'Le nouveau courrier s’affiche tout seul tant qu’une page est ouverte. Sans JavaScript, rechargez la page, ou laissez les listes le faire : {settings}, {general}.',
  'guide.offline.tab': 'Le titre de l’onglet dit combien il y a de non lus dans {inbox}.',
  'guide.offline.notify':
    '{settings}, {general} active les notifications de nouveau courrier : expéditeur et objet, sans son, tant qu’une page du webmail est ouverte. Le navigateur demande une fois s’il le peut.',
  'guide.offline.gone':
    'Sans connexion, une page le dit. Le message que vous écrivez reste à l’écran, et ce navigateur le garde jusqu’à ce que le serveur l’ait.',
  'guide.offline.kept': 'Le courrier que vous lisez n’est pas enregistré sur l’appareil.',
  'guide.offline.install':
    'La plupart des navigateurs proposent d’installer le webmail : il a alors sa propre fenêtre et sa propre icône.',
};
