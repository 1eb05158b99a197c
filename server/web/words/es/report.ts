// Spanish of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const esReport: Catalogue = {
  'dns.again': 'Comprobar de nuevo',
  'dns.kind.setup': 'Ajustes para programas de correo',
  'dns.about.mx': 'Dice a los demás servidores cuál recibe el correo del dominio.',
  'dns.about.address': 'Lleva del nombre del servidor de correo a esta máquina.',
  'dns.about.reverse':
    'Lleva de la dirección de vuelta al nombre; sin él, muchos servidores rechazan el correo de esa dirección.',
  'dns.about.spf': 'Enumera los servidores que pueden enviar en nombre del dominio.',
  'dns.about.dmarc':
    'Dice qué deben hacer los demás con el correo que solo finge ser suyo y adónde informar de ello.',
  'dns.about.service': 'Permite a los programas de correo hallar servidor y puerto solo con la dirección.',
  'dns.about.setup': 'Permite a Thunderbird y Outlook obtener sus ajustes solo con la dirección.',
  'dns.about.caa':
    'Nombra a quien puede emitir certificados para el servidor de correo; los demás deben negarse.',
  'dns.why.alias-elsewhere': 'Lleva a {value}, no a este servidor.',
  'programs.nav': 'Programas de correo',
  'programs.title': 'Configurar su programa de correo',
  'programs.hint':
    'Muchos programas encuentran todo esto solo con su dirección. Si el suyo pregunta, indíquele lo que figura aquí.',
  'programs.none': 'Aquí no hay ningún acceso abierto para programas de correo.',
  'programs.imap': 'Recibir correo (IMAP)',
  'programs.pop3': 'Recibir correo (POP3)',
  'programs.smtp': 'Enviar correo (SMTP)',
  'programs.everywhere': 'Para ambos',
  'programs.server': 'Servidor',
  'programs.port': 'Puerto',
  'programs.security': 'Seguridad',
  'programs.tls': 'SSL/TLS',
  'programs.starttls': 'STARTTLS',
  'programs.userName': 'Nombre de usuario',
  'programs.password': 'La suya, o una contraseña de aplicación, necesaria si hay un segundo paso al entrar:',
  'programs.apple': 'iPhone, iPad y Mac',
  'programs.appleHint':
    'Abra esta página en el dispositivo, descargue el perfil e instálelo en los ajustes. Pedirá la contraseña; el perfil no la contiene.',
  'programs.profile': 'Descargar el perfil',
  'programs.profileSays': 'Correo de {address} en {host}.',
  'reports.title': 'Informes DMARC',
  'reports.hint':
    'Lo que otros servidores dicen del correo en nombre de este dominio en los últimos 30 días: quién lo envió y si se probó que era suyo.',
  'reports.none':
    'Aún no ha llegado ningún informe. Los servidores que reciben correo en su nombre envían uno al día si el registro DMARC lo pide.',
  'reports.offer':
    'Los informes pueden llegar a {address}: el servidor los lee, y todo lo demás que llegue allí va a {postmaster}.',
  'reports.receiving':
    'Los informes van a {address} y los lee el servidor; lo demás que llegue allí va a {postmaster}. El registro que hay que publicar está en',
  'reports.receive': 'Recibir informes',
  'reports.made': 'Desde ahora se leen los informes. Publique el registro DMARC que figura en Registros DNS.',
  'reports.chart': 'Cartas en su nombre, por día',
  'reports.believed': 'probadas',
  'reports.unbelieved': 'no probadas',
  'reports.sources': 'Quién las envió',
  'reports.letters': 'Cartas',
  'reports.others': 'Todos los demás',
  'reports.mark.signed': 'firmadas',
  'reports.mark.spfOnly': 'sin firma',
  'reports.mark.mixed': 'algunas probadas',
  'reports.mark.unproven': 'no probadas',
  'reports.signed': 'Está probado que sus cartas son suyas, también al reenviarlas.',
  'reports.spfOnly': 'Puede enviar por usted, pero no firma todas sus cartas: al reenviarlas no se les cree.',
  'reports.mixed':
    'Algunas de sus cartas están probadas y otras no: correo reenviado, o un servicio que firma solo una parte.',
  'reports.unproven':
    'Envía en su nombre sin prueba: un falsificador, o un servicio suyo que SPF y DKIM no conocen.',
  'reports.reporters': 'Quién informó',
  'reports.reporter': 'Organización',
  'reports.last': 'Último',
};
