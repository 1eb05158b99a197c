// Simplified Chinese of search.
import type { Catalogue } from '../words.ts';

export const zhHansSearch: Catalogue = {
  'search.inFolder': '在“{folder}”中',
  'search.lastMonth': '最近一个月',
  'search.more': '更多',
  'search.cut': '搜索范围过宽，只显示部分结果。',
  'search.advanced': '高级搜索',
  'search.anywhere': '所有邮件，含已删除邮件和垃圾邮件',
  'search.field.words': '包含全部这些词',
  'search.field.phrase': '包含完整词组',
  'search.field.none': '不含这些词',
  'search.field.from': '发件人',
  'search.field.to': '收件人或抄送',
  'search.field.subject': '主题包含',
  'search.field.in': '范围',
  'search.field.after': '收到日期不早于',
  'search.field.before': '收到日期早于',
  'search.field.larger': '大于 (MB)',
  'search.field.is': '状态',
  'search.isAny': '不限',
  'search.isUnread': '未读',
  'search.isRead': '已读',
  'search.isStarred': '已加星标',
  'search.hasAttachment': '有附件',
  'search.badDay': '日期请写成 2026-01-31 的形式。',
  'search.badSize': '请输入整数，单位为 MB。',
};
