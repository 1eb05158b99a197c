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
};
