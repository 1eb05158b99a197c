// Simplified Chinese of TLS between mail hosts.
import type { Catalogue } from '../words.ts';

export const zhHansPolicy: Catalogue = {
  'sts.title': '加密投递 (MTA-STS)',
  'sts.hint':
    '告知其他服务器：发往 {domain} 的邮件只能通过 TLS，且只能投递到证书有效的服务器。发布 DNS 页面上的记录后生效。',
  'sts.mode': '策略',
  'sts.off': '关闭',
  'sts.testing': '测试：其他服务器报告失败，但仍会投递',
  'sts.enforce': '强制：其他服务器只通过经过验证的 TLS 投递',
  'sts.none': '撤回：其他服务器会忘记该策略。在选择“关闭”之前，请保持此状态直到它们的保留期结束。',
  'sts.age': '其他服务器保留',
  'sts.days': { other: '{n} 天' },
  'sts.choose': '请选择策略。',
  'sts.saved': '{domain} 的策略已保存。',
  'sts.wrong': 'control/mtasts 中有一行错误，因此没有提供任何策略。请先更正。',
  'sts.served': '提供的内容',
  'dns.kind.mta-sts': '加密投递 (MTA-STS)',
  'dns.about.mta-sts': '告知其他服务器此处提供 TLS 策略及其位置。',
  'dns.kind.tlsrpt': 'TLS 报告',
  'dns.about.tlsrpt': '指明其他服务器将通往该域的 TLS 失败报告发送到哪里。',
  'dns.kind.tlsa': '邮件服务器的密钥 (DANE)',
  'dns.about.tlsa':
    '向验证 DNSSEC 的服务器指明邮件服务器的密钥；仅在已签名的区域中有用。请在更换密钥之前更改。',
  'dns.why.sts-id': '其 id 与此处提供的策略不同，因此其他服务器仍保留旧策略。',
  'dns.why.tlsrpt-nowhere': '没有指明报告地址。',
  'dns.why.tlsa-other': '它指明的密钥与邮件服务器的不同：进行验证的服务器会扣留邮件。',
  'dns.why.several': '有多条记录；这样它们都无效。',
};
