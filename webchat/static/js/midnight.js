// A page may be left open for days, and its device sleep: what it says of today and yesterday is said anew.
import { localise } from './times.js';

let day = new Date().toDateString();

function turned() {
  if (day === (day = new Date().toDateString())) return;
  for (const time of document.querySelectorAll('time[title]')) localise(time, time.withDay);
  document.querySelector('message-log')?.dress();
}

setInterval(turned, 30_000);
document.addEventListener('visibilitychange', turned);
