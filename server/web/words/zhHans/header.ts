// Simplified Chinese of the header area of a message and its warnings.
import type { Catalogue } from '../words.ts';

export const zhHansHeader: Catalogue = {
  'header.sentVia': '发送途径',
  'header.connection': '连接',
  'header.encrypted': '已加密，来自 {host}',
  'header.plain': '未加密，来自 {host}',
  'header.checked': '发件人',
  'header.signed': '由 {domain} 签名',
  'header.comesFrom': '来自 {domain}',
  'header.unsigned': '无法验证',
  'header.addContact': '添加到通讯录',
  'header.addNamed': '将 {name} 添加到通讯录',
  'header.showContact': '查看联系人',
  'header.showNamed': '查看联系人 {name}',
  'warning.dmarc':
    '这封邮件未通过发件人验证：{domain} 表示它并非来自那里。请谨慎对待其中的链接、文件和要求。',
  'warning.newReplyElsewhere':
    '你以前没有给 {sender} 写过邮件，而对这封邮件的回复会发往另一个域名：{address}。',
  'warning.ownName': '这封邮件署的是你自己的姓名，却来自 {address}，那不是你的地址。',
  'unsubscribe.title': '退订',
  'unsubscribe.link': '退订',
  'unsubscribe.left': '已于 {date} 退订',
  'unsubscribe.question': '要退订 {name} 吗？',
  'unsubscribe.post': '将向 {target} 发送请求，对方会由此得知你收到了这封邮件。',
  'unsubscribe.letter': '将用你的地址向 {target} 发送一封邮件。',
  'unsubscribe.page': '需在 {target} 的网页上退订，该网页会在新标签页中打开。',
  'unsubscribe.sender': '这封邮件自称来自 {sender}，此信息未经验证。',
  'unsubscribe.signed': '这封邮件来自 {sender}，由 {domain} 签名。',
  'unsubscribe.button': '退订',
  'unsubscribe.open': '打开网页',
  'unsubscribe.done': '已退订。',
  'unsubscribe.failed': '{host} 没有接受请求。请重试，或打开其网页。',
  'unsubscribe.notSent': '邮件无法发送：{words}',
  'unsubscribe.none': '这封邮件已不在这里，或没有提供退订方式。',
};
