// Simplified Chinese of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const zhHansReport: Catalogue = {
  'dns.again': '重新检查',
  'dns.kind.setup': '邮件程序的设置',
  'dns.about.mx': '告诉其他服务器由哪台服务器接收该域名的邮件。',
  'dns.about.address': '把邮件服务器的名称指向这台机器。',
  'dns.about.reverse': '从地址指回名称；许多服务器拒收没有它的地址发来的邮件。',
  'dns.about.spf': '列出可以用该域名发信的服务器。',
  'dns.about.dmarc': '说明其他服务器应如何处理冒充您的邮件，以及向何处报告。',
  'dns.about.service': '让邮件程序仅凭地址就能找到服务器和端口。',
  'dns.about.setup': '让 Thunderbird 和 Outlook 仅凭地址就能获取设置。',
  'dns.about.caa': '指明谁可以为邮件服务器签发证书；其他机构必须拒绝。',
  'dns.why.alias-elsewhere': '它指向 {value}，而不是本服务器。',
};
