// Simplified Chinese of snooze.
import type { Catalogue } from '../words.ts';

export const zhHansSnooze: Catalogue = {
  'folder.snoozed': '已延后',
  'snooze.title': '延后至',
  'snooze.today': '今天晚些时候，{time}',
  'snooze.tomorrow': '明天 {time}',
  'snooze.monday': '{day}星期一 {time}',
  'snooze.date': '日期',
  'snooze.time': '时间',
  'snooze.zone': '按 {zone} 时间',
  'snooze.button': '延后',
  'snooze.now': '取消延后',
  'snooze.noTime': '请填写日期和时间。',
  'snooze.pastTime': '此时间已过。请选择更晚的时间。',
  'snooze.farTime': '请选择一年以内的时间。',
  'snooze.doing': '正在延后',
  'snooze.doingBack': '正在取消延后',
  'snooze.done': { other: '已将 {n} 封邮件延后至 {time}。' },
  'snooze.back': { other: '已取消 {n} 封邮件的延后。' },
  'snooze.until': '延后至 {time}',
  'snooze.woken': '延后到期',
  'snooze.empty': '没有延后的邮件',
  'snooze.emptyHint': '将邮件延后，它会在你指定的时间回到列表顶部。',
};
