// Japanese of snooze.
import type { Catalogue } from '../words.ts';

export const jaSnooze: Catalogue = {
  'folder.snoozed': 'スヌーズ中',
  'snooze.title': 'スヌーズの期限',
  'snooze.today': '今日この後 {time}',
  'snooze.tomorrow': '明日 {time}',
  'snooze.monday': '月曜日（{day}） {time}',
  'snooze.date': '日付',
  'snooze.time': '時刻',
  'snooze.zone': '{zone}の時刻',
  'snooze.button': 'スヌーズ',
  'snooze.now': '今すぐ戻す',
  'snooze.noTime': '日付と時刻を入力してください。',
  'snooze.pastTime': 'この時刻は過ぎています。もっと後の時刻を選んでください。',
  'snooze.farTime': '1年以内の時刻を選んでください。',
  'snooze.doing': 'スヌーズしています',
  'snooze.doingBack': '戻しています',
  'snooze.done': { other: '{n}件のメールを{time}までスヌーズしました。' },
  'snooze.back': { other: '{n}件のメールを戻しました。' },
  'snooze.until': '{time}に再表示',
  'snooze.woken': 'スヌーズ済み',
  'snooze.empty': 'スヌーズ中のメールはありません',
  'snooze.emptyHint': 'メールをスヌーズすると、指定した時刻に一覧の一番上に戻ってきます。',
};
