// The paper clip of a support window: files are chosen with it, pasted, or dropped anywhere there. What sends them comes with
// the first.
import { later } from './later.js';

export function clip(frame) {
  const meant = (event) => {
    const given = event.clipboardData ?? event.dataTransfer;
    const form = frame.querySelector('form:has(.clip)');
    const { files, types } = given ?? event.target;
    if (!form || (given ? !types.includes('Files') || types.includes('text/plain') : !files)) return;
    event.preventDefault();
    const chosen = [...files]; // they go with the event
    if (!given) event.target.value = '';
    if (chosen.length) later('talk-files').then(([{ take }]) => take(form, chosen), () => frame.calm?.());
  };
  for (const how of ['change', 'paste', 'dragover', 'drop']) frame.addEventListener(how, meant);
}
