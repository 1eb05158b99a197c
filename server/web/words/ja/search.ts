// Japanese of search.
import type { Catalogue } from '../words.ts';

export const jaSearch: Catalogue = {
  'search.inFolder': '{folder}内',
  'search.lastMonth': '過去1か月',
  'search.more': 'その他',
  'search.cut': '検索の範囲が広すぎるため、結果の一部だけを表示しています。',
  'search.advanced': '詳細検索',
  'search.anywhere': 'すべてのメール（ゴミ箱と迷惑メールを含む）',
  'search.field.words': 'すべての言葉を含む',
  'search.field.phrase': 'この語句をそのまま含む',
  'search.field.none': 'どの言葉も含まない',
  'search.field.from': '差出人',
  'search.field.to': '宛先またはCc',
  'search.field.subject': '件名に含む',
  'search.field.in': '場所',
  'search.field.after': '受信日がこの日以降',
  'search.field.before': '受信日がこの日より前',
  'search.field.larger': 'これより大きい（MB）',
  'search.field.is': '状態',
  'search.isAny': '指定なし',
  'search.isUnread': '未読',
  'search.isRead': '既読',
  'search.isStarred': 'スター付き',
  'search.hasAttachment': '添付ファイルあり',
  'search.badDay': '日付は2026-01-31のように入力してください。',
  'search.badSize': 'メガバイト数を整数で入力してください。',
};
