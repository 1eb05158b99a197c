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
  'reports.title': 'Rapports DMARC',
  'reports.hint':
    'Ce que les autres serveurs disent du courrier au nom de ce domaine ces 30 derniers jours : qui l’a envoyé, et s’il était prouvé qu’il vient de vous.',
  'reports.none':
    'Aucun rapport n’est encore arrivé. Les serveurs qui reçoivent du courrier en votre nom en envoient un par jour, si l’enregistrement DMARC le demande.',
  'reports.offer':
    'Les rapports peuvent arriver à {address} : le serveur les lit, et tout ce qui y arrive d’autre va à {postmaster}.',
  'reports.receiving':
    'Les rapports vont à {address} et le serveur les lit ; tout ce qui y arrive d’autre va à {postmaster}. L’enregistrement à publier est sous',
  'reports.receive': 'Recevoir les rapports',
  'reports.made':
    'Les rapports sont lus dès maintenant. Publiez l’enregistrement DMARC indiqué sous Enregistrements DNS.',
  'reports.chart': 'Messages en votre nom, par jour',
  'reports.believed': 'prouvés',
  'reports.unbelieved': 'non prouvés',
  'reports.sources': 'Qui les a envoyés',
  'reports.letters': 'Messages',
  'reports.others': 'Tous les autres',
  'reports.mark.signed': 'signés',
  'reports.mark.spfOnly': 'non signés',
  'reports.mark.mixed': 'en partie prouvés',
  'reports.mark.unproven': 'non prouvés',
  'reports.signed': 'Ses messages sont prouvés vôtres, même transférés.',
  'reports.spfOnly':
    'Il peut envoyer pour vous, mais tous ses messages ne sont pas signés : transférés, on ne les croit pas.',
  'reports.mixed':
    'Une partie de ses messages est prouvée, une autre non : courrier transféré, ou service qui ne signe qu’en partie.',
  'reports.unproven':
    'Il envoie en votre nom sans preuve : un faussaire, ou un de vos services que SPF et DKIM ne connaissent pas.',
  'reports.reporters': 'Qui a rapporté',
  'reports.reporter': 'Organisation',
  'reports.last': 'Dernier',
};
