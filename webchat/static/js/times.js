// Times as the reader's device writes them.
const page = document.documentElement.lang;
const lang = navigator.languages.find((each) => each.split('-')[0] === page.split('-')[0]) ?? page;
export const clock = new Intl.DateTimeFormat(lang, { hour: 'numeric', minute: '2-digit' });
const full = new Intl.DateTimeFormat(lang, { dateStyle: 'full', timeStyle: 'short' });
const short = new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' });

export function localise(time, withDay) {
  const at = new Date(time.dateTime);
  time.textContent = (withDay && at.toDateString() !== new Date().toDateString() ? short : clock).format(at);
  time.title = full.format(at);
  time.withDay = withDay;
  return at;
}

export function dayName(at, today, yesterday) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0 || days === 1) return days ? yesterday : today;
  const year = at.getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(lang, { weekday: 'long', day: 'numeric', month: 'long', year }).format(at);
}
