// What is written next answers a row: a line of the form says so, until it is sent or put away.
import { composing } from './keys.js';

export function answer(row, pattern) {
  const form = document.getElementById('write');
  const line = pattern.content.firstElementChild.cloneNode(true);
  const text = line.querySelector('span');
  const over = new AbortController();
  const forget = () => { line.remove(); over.abort(); };
  form.querySelector('.answering')?.remove();
  line.querySelector('input').value = row.id.slice(2);
  text.textContent = text.dataset.text.replace('%n', () => row.querySelector('b').textContent);
  line.querySelector('button').addEventListener('click', () => { forget(); form.elements.body.focus(); });
  form.addEventListener('webchat:taken', forget, { signal: over.signal });
  form.addEventListener('keydown', (event) => event.key === 'Escape' && !composing(event) && forget(), { signal: over.signal });
  form.prepend(line);
  form.elements.body.focus();
}
