// French of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const frReport: Catalogue = {
  'dns.again': 'Vérifier à nouveau',
  'dns.kind.setup': 'Réglages des logiciels de messagerie',
  'dns.about.mx': 'Indique aux autres serveurs lequel reçoit le courrier du domaine.',
  'dns.about.address': 'Mène du nom du serveur de messagerie à cette machine.',
  'dns.about.reverse':
    'Mène de l’adresse au nom ; sans lui, beaucoup de serveurs refusent le courrier de cette adresse.',
  'dns.about.spf': 'Énumère les serveurs qui peuvent envoyer au nom du domaine.',
  'dns.about.dmarc':
    'Dit ce que les autres doivent faire du courrier qui prétend seulement venir de vous, et où le signaler.',
  'dns.about.service': 'Permet aux logiciels de messagerie de trouver serveur et port avec la seule adresse.',
  'dns.about.setup': 'Permet à Thunderbird et Outlook d’obtenir leurs réglages avec la seule adresse.',
  'dns.about.caa':
    'Nomme qui peut émettre des certificats pour le serveur de messagerie ; les autres doivent refuser.',
  'dns.why.alias-elsewhere': 'Il mène à {value}, pas à ce serveur.',
  'programs.nav': 'Logiciels de messagerie',
  'programs.title': 'Configurer votre logiciel de messagerie',
  'programs.hint':
    'Beaucoup de logiciels trouvent tout cela avec votre seule adresse. Si le vôtre demande, donnez-lui ce qui suit.',
  'programs.none': 'Aucun accès n’est ouvert ici aux logiciels de messagerie.',
  'programs.imap': 'Recevoir le courrier (IMAP)',
  'programs.pop3': 'Recevoir le courrier (POP3)',
  'programs.smtp': 'Envoyer du courrier (SMTP)',
  'programs.everywhere': 'Pour les deux',
  'programs.server': 'Serveur',
  'programs.port': 'Port',
  'programs.security': 'Sécurité',
  'programs.tls': 'SSL/TLS',
  'programs.starttls': 'STARTTLS',
  'programs.userName': 'Nom d’utilisateur',
  'programs.password':
    'Le vôtre, ou un mot de passe d’application, nécessaire avec une seconde étape à la connexion :',
  'programs.apple': 'iPhone, iPad et Mac',
  'programs.appleHint':
    'Ouvrez cette page sur l’appareil, téléchargez le profil, puis installez-le dans les réglages. Il demandera le mot de passe ; le profil n’en contient pas.',
  'programs.profile': 'Télécharger le profil',
  'programs.profileSays': 'Courrier de {address} sur {host}.',
};
