// Spanish of TLS between mail hosts.
import type { Catalogue } from '../words.ts';

export const esPolicy: Catalogue = {
  'sts.title': 'Entrega cifrada (MTA-STS)',
  'sts.hint':
    'Pide a los demás servidores que entreguen el correo de {domain} solo por TLS y solo a un servidor con un certificado válido. Tiene efecto cuando se publican los registros de la página DNS.',
  'sts.mode': 'Política',
  'sts.off': 'Ninguna',
  'sts.testing': 'Prueba: los demás avisan de lo que falla y entregan igualmente',
  'sts.enforce': 'Obligatoria: los demás entregan por TLS verificado o no entregan',
  'sts.none':
    'Retirada: los demás olvidan la política. Déjela así tanto tiempo como la hayan guardado antes de elegir «Ninguna».',
  'sts.age': 'Los demás la guardan',
  'sts.days': { one: '{n} día', many: '{n} días', other: '{n} días' },
  'sts.choose': 'Elija una política.',
  'sts.saved': 'La política de {domain} está guardada.',
  'sts.wrong':
    'Una línea de control/mtasts es incorrecta, así que no se publica ninguna política. Corríjala primero.',
  'sts.served': 'Lo que se publica',
  'dns.kind.mta-sts': 'Entrega cifrada (MTA-STS)',
  'dns.about.mta-sts': 'Indica a los demás servidores que aquí se publica una política sobre TLS, y dónde.',
  'dns.kind.tlsrpt': 'Informes sobre TLS',
  'dns.about.tlsrpt': 'Indica adónde envían los demás servidores lo que falló con TLS camino del dominio.',
  'dns.kind.tlsa': 'Clave del servidor de correo (DANE)',
  'dns.about.tlsa':
    'Nombra la clave del servidor de correo para quien comprueba DNSSEC; solo sirve en una zona firmada. Cámbielo antes de cambiar la clave.',
  'dns.why.sts-id':
    'Su identificador no es el de la política que se publica aquí, así que los demás conservan la anterior.',
  'dns.why.tlsrpt-nowhere': 'No indica ninguna dirección para los informes.',
  'dns.why.tlsa-other':
    'Nombra otra clave que la del servidor de correo: quien lo comprueba retiene el correo.',
  'dns.why.several': 'Hay varios; entonces no cuenta ninguno.',
  'tlsrpt.title': 'Informes TLS',
  'tlsrpt.hint': 'Lo que otros servidores dicen de TLS camino de este dominio en los últimos 30 días.',
  'tlsrpt.noAddress':
    'Los informes TLS se leen donde los informes DMARC. Cree primero esa dirección y publique después el registro de la página DNS.',
  'tlsrpt.none':
    'Todavía no ha llegado ningún informe. Los servidores que envían al dominio informan una vez al día cuando el registro está publicado.',
  'tlsrpt.failures': 'Lo que falló',
  'tlsrpt.allGood': 'No falló nada.',
  'tlsrpt.what': 'Qué',
  'tlsrpt.sessions': 'Sesiones',
  'tlsrpt.good': 'Correctas',
  'tlsrpt.failed': 'Fallidas',
  'tlsrpt.others': { one: 'y {n} más', many: 'y {n} más', other: 'y {n} más' },
  'tlsrpt.why.starttls-not-supported': 'El servidor de correo no ofrecía TLS.',
  'tlsrpt.why.certificate-host-mismatch':
    'El certificado es de otro nombre. Consiga uno con el nombre del servidor de correo.',
  'tlsrpt.why.certificate-expired': 'El certificado ha caducado. Renuévelo.',
  'tlsrpt.why.certificate-not-trusted':
    'Nadie en quien confíen avala el certificado, o su cadena está incompleta.',
  'tlsrpt.why.tlsa-invalid': 'El registro TLSA está mal formado.',
  'tlsrpt.why.dnssec-invalid': 'Las firmas DNSSEC de la zona son incorrectas o demasiado antiguas.',
  'tlsrpt.why.dane-required': 'Se exigía DANE y no había registro TLSA.',
  'tlsrpt.why.sts-policy-fetch-error': 'No se pudo obtener la política MTA-STS.',
  'tlsrpt.why.sts-policy-invalid': 'La política MTA-STS está mal formada.',
  'tlsrpt.why.sts-webpki-invalid': 'El certificado del nombre mta-sts no es válido.',
  'tlsrpt.why.validation-failure':
    'TLS falló por otra razón: un registro TLSA de otra clave, un servidor que la política no nombra o una negociación que se interrumpió.',
};
