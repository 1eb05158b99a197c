// French of what is told of the server.
import type { Catalogue } from '../words.ts';

export const frFacts: Catalogue = {
  'dns.title': 'Enregistrements DNS',
  'dns.hint':
    'Ce que le domaine doit publier pour que son courrier arrive et soit jugé digne de foi, et ce que disent maintenant les serveurs de noms. Un changement met autant de temps à se voir que les anciens enregistrements pouvaient être gardés.',
  'dns.right': 'Tout ce qu’il faut au courrier est publié.',
  'dns.wrong':
    'Certains enregistrements manquent ou diffèrent : le courrier risque de ne pas arriver, ou de ne pas être jugé digne de foi.',
  'dns.noAddresses':
    'Cette machine n’a pas d’adresse publique, on ne sait donc pas laquelle les autres voient. Écrivez-la dans control/outgoingip, ou comparez vous-même avec les adresses ci-dessous.',
  'dns.busy': 'D’autres consultent les enregistrements DNS en ce moment. Réessayez dans un instant.',
  'dns.settings': 'Un fichier de control/ nécessaire ici est erroné ; le journal dit lequel.',
  'dns.record': 'Enregistrement',
  'dns.verdict': 'Verdict',
  'dns.wanted': 'Devrait être',
  'dns.published': 'Est',
  'dns.more': { one: 'et un de plus', many: 'et {n} de plus', other: 'et {n} de plus' },
  'dns.zone': 'Comme texte de zone',
  'dns.zoneHint':
    'Copiez dans la zone ce qui manque. Les lignes avec un point-virgule relèvent de celui qui vous a donné l’adresse : adressez-vous à votre hébergeur.',
  'dns.kind.mx': 'Qui reçoit le courrier',
  'dns.kind.address': 'Adresse du serveur de courrier',
  'dns.kind.reverse': 'Nom de l’adresse',
  'dns.kind.spf': 'Qui peut envoyer (SPF)',
  'dns.kind.dmarc': 'Le sort des faux (DMARC)',
  'dns.kind.service': 'Où se connectent les programmes de courrier',
  'dns.kind.caa': 'Qui peut émettre des certificats',
  'dns.verdict.right': 'juste',
  'dns.verdict.missing': 'manquant',
  'dns.verdict.differs': 'différent',
  'dns.verdict.unknown': 'inconnu',
  'dns.optional': 'absent',
  'dns.why.as-wanted': 'Rien à faire.',
  'dns.why.absent': 'Publiez ce qui figure à côté.',
  'dns.why.other-values': 'C’est maintenant {value}. Changez-le, ou faites-le changer par votre hébergeur.',
  'dns.why.no-answer':
    'Les serveurs de noms n’ont pas répondu, ou pas de façon compréhensible. Regardez de nouveau plus tard.',
  'dns.why.mx-null': 'Le domaine dit qu’il n’accepte pas de courrier. Remplacez l’enregistrement.',
  'dns.why.mx-elsewhere': 'Le courrier va à {value}, pas ici. Remplacez-le, ou ajoutez ce serveur.',
  'dns.why.mx-others': 'Ce serveur reçoit le courrier, et {value} aussi. C’est juste, s’il nous le transmet.',
  'dns.why.mx-behind': 'Le courrier va d’abord à {value}. C’est juste, s’il nous le transmet.',
  'dns.why.address-more': 'Le nom a aussi {value}. C’est juste, si c’est également cette machine.',
  'dns.why.address-unsure': 'Le nom a {value}. C’est juste, si c’est cette machine.',
  'dns.why.address-foreign': 'Le nom a {value}, qui n’est pas cette machine, autant qu’elle le sache.',
  'dns.why.spf-several': 'Il y a plusieurs enregistrements SPF, et alors aucun ne compte. N’en faites qu’un.',
  'dns.why.spf-everybody':
    'L’enregistrement permet à tout le monde d’envoyer en votre nom. Terminez-le par ~all ou -all.',
  'dns.why.spf-not-ours':
    'L’enregistrement ne permet pas à ce serveur d’envoyer. Ajoutez mx, ou nos adresses.',
  'dns.why.spf-included':
    'L’enregistrement ne nomme pas lui-même nos adresses mais renvoie à d’autres enregistrements, qui ne sont pas suivis ici.',
  'dns.why.spf-syntax': 'L’enregistrement contient une faute, et alors il ne compte pas. Remplacez-le.',
  'dns.why.dmarc-several': 'Il y a plusieurs enregistrements DMARC, et alors aucun ne compte. Gardez-en un.',
  'dns.why.dmarc-policy': 'L’enregistrement n’a pas de politique : p doit être none, quarantine ou reject.',
  'dns.why.srv-not-served': 'Il mène à {value}, où ce serveur n’écoute pas. Supprimez-le.',
  'dns.why.srv-elsewhere': 'Il ne mène pas à notre port : {value}.',
  'dns.why.caa-forbids':
    'Seul {value} peut émettre des certificats ; l’émetteur du certificat actuel n’en fait pas partie, et son renouvellement échouera.',
  'certificate.title': 'Certificat',
  'certificate.hint':
    'Chaîne et clé des services qui parlent TLS, dans un fichier chacun : control/servercert.pem pour le site, control/servercerts/NOM/servercert.pem pour un nom à part. Un fichier modifié vaut pour les nouvelles connexions en quelques secondes.',
  'certificate.fetched': 'Obtenus par ce serveur',
  'certificate.fetchedOff':
    'Aucun certificat n’est obtenu automatiquement. Pour qu’ils soient obtenus et renouvelés, inscrivez l’adresse du répertoire d’une autorité dans le réglage acme : vous acceptez ainsi ses conditions.',
  'certificate.renewAt': 'Renouvelé le',
  'certificate.nextTry': 'Prochain essai',
  'certificate.lastFault': 'Le dernier essai a échoué',
  'certificate.renew': 'Renouveler maintenant',
  'certificate.renewing': 'Il est en cours d’obtention. Cela prend quelques secondes.',
  'certificate.notNow': 'L’autorité demande d’attendre. Réessayez après l’heure indiquée ci-dessous.',
  'guard.sendingHour': '{who} a atteint la limite de {n} destinataires par heure.',
  'guard.sendingDay': '{who} a atteint la limite de {n} destinataires par jour.',
  'certificate.missing':
    'Il n’y a pas de control/servercert.pem : aucun service n’offre TLS, et submissions, imaps et pop3s ne sont pas servis. Mettez-y la chaîne et la clé en PEM, puis redémarrez.',
  'certificate.unreadable': 'control/{file} est illisible : {why}.',
  'certificate.right': 'Tout va bien pour {host}.',
  'certificate.own': 'Le serveur',
  'certificate.issuers': 'Son émetteur',
  'certificate.selfSigned': 'autosigné',
  'certificate.subject': 'Pour',
  'certificate.names': 'Noms',
  'certificate.moreNames': { one: 'et un de plus', many: 'et {n} de plus', other: 'et {n} de plus' },
  'certificate.issuer': 'Émis par',
  'certificate.from': 'Valable du',
  'certificate.to': 'Valable jusqu’au',
  'certificate.left': { one: 'encore un jour', many: 'encore {n} jours', other: 'encore {n} jours' },
  'certificate.over': 'expiré',
  'certificate.key': 'Clé',
  'certificate.fingerprint': 'SHA-256',
  'certificate.domains': 'Domaines auxquels il convient aussi',
  'certificate.problem.no-certificate': 'control/{file} ne contient pas de certificat en PEM.',
  'certificate.problem.unreadable-certificate': 'Un certificat de control/{file} est endommagé.',
  'certificate.problem.no-key':
    'control/{file} ne contient pas de clé : aucun service ne peut parler TLS. Ajoutez-la en PEM.',
  'certificate.problem.unreadable-key':
    'La clé de control/{file} est illisible : elle est endommagée, ou demande une phrase secrète.',
  'certificate.problem.other-key': 'La clé de control/{file} appartient à un autre certificat.',
  'certificate.problem.expired':
    'Le certificat a expiré : les programmes de courrier le refusent. Renouvelez-le maintenant.',
  'certificate.problem.not-yet': 'Le certificat n’est pas encore valable. L’horloge est-elle juste ?',
  'certificate.problem.ends-soon': {
    one: 'Le certificat expire dans {n} jour. Renouvelez-le maintenant.',
    many: 'Le certificat expire dans {n} jours. Renouvelez-le.',
    other: 'Le certificat expire dans {n} jours. Renouvelez-le.',
  },
  'certificate.problem.self-signed':
    'Le certificat est autosigné : les programmes de courrier mettent en garde, et les autres serveurs ne peuvent pas être sûrs de qui répond.',
  'certificate.problem.incomplete':
    'La chaîne ne mène pas à un émetteur connu ici. Ajoutez les certificats de l’émetteur, à moins qu’il ne soit privé.',
  'certificate.problem.wrong-order':
    'La chaîne est en désordre : chaque certificat doit être suivi de celui qui l’a signé.',
  'certificate.problem.other-name': 'Le certificat n’est pas pour {host}.',
  'certificate.problem.weak-key': 'La clé RSA a moins de 2048 bits : beaucoup la refusent.',
  'certificate.problem.open-to-others':
    'Tout le monde sur cette machine peut lire control/{file}, et la clé qu’il contient. Retirez leurs droits aux autres : chmod o= control/{file}',
  'guard.title': 'Sécurité de la connexion',
  'guard.link': 'Sessions, mots de passe d’application, deuxième étape',
  'guard.self': 'C’est votre propre compte : sa connexion se règle sous',
  'guard.forbidden': 'Seuls les administrateurs du système modifient ce compte.',
  'guard.recoveryNone': 'Il ne reste aucun code de secours.',
  'guard.recoveryLeft': {
    one: 'Il reste un code de secours.',
    many: 'Il reste {n} codes de secours.',
    other: 'Il reste {n} codes de secours.',
  },
  'guard.resetHint':
    'Pour qui a perdu le téléphone et les codes de secours. Ensuite, le mot de passe seul suffit pour se connecter.',
  'guard.resetButton': 'Désactiver la deuxième étape',
  'guard.offHint': 'Son propriétaire peut l’activer sous Réglages, Sécurité.',
  'guard.reset': 'La deuxième étape est désactivée.',
  'guard.sessions': 'Où ce compte est connecté',
  'guard.noSessions': 'Nulle part.',
  'guard.endAll': 'Déconnecter partout',
  'guard.ended': 'La session a pris fin.',
  'guard.endedAll': {
    one: 'Une session a pris fin.',
    many: '{n} sessions ont pris fin.',
    other: '{n} sessions ont pris fin.',
  },
};
