// <file-list data-max data-large data-lost>: files on their way into a room. This is fetched for who turns to a composer with
// `data-files`, and the list when there is a first one. Each is sent as a form of its own, and then named in the text, which
// is still to be sent.
import { failed, upload } from './upload.js';

export function listen(composer) {
  if (composer.listens) return;
  composer.listens = true;
  for (const how of ['click', 'paste', 'dragover', 'drop']) composer.addEventListener(how, (event) => meant(composer, event));
  composer.querySelector('[data-do="attach"]')?.setAttribute('data-live', '');
}

// Files that are chosen, pasted or dropped. What has a text too, as from a table, is pasted as that.
function meant(composer, event) {
  const given = event.clipboardData ?? event.dataTransfer;
  const files = given ? given.types.includes('Files') && !given.types.includes('text/plain') : event.target.closest('[data-do="attach"]');
  if (!files) return;
  event.preventDefault();
  if (event.type !== 'dragover') attach(composer, [...given?.files ?? []]);
}

async function attach(composer, files) {
  composer.files ??= fetched(composer);
  const list = await composer.files;
  if (!list) composer.files = null; // the next time it is asked for again
  else if (files.length) for (const file of files) list.take(file);
  else list.choose();
}

// The list as the server draws it; nothing where that says no, which is told.
async function fetched(composer) {
  const answer = await fetch(composer.dataset.files, { headers: { Accept: 'text/html', 'HX-Request': 'true' } }).catch(() => null);
  if (!answer) return composer.room.calm();
  const found = new DOMParser().parseFromString(await answer.text(), 'text/html').body;
  const list = found.querySelector('file-list');
  if (list) composer.querySelector('#write').before(list);
  else composer.room.refuse(found.textContent.trim());
  return list && composer.querySelector('file-list');
}

customElements.define('file-list', class extends HTMLElement {
  connectedCallback() {
    this.composer = this.closest('message-composer');
    this.room = this.composer.room;
    [this.input, this.rows, this.pattern] = this.querySelectorAll('input, ul, template');
    this.input.addEventListener('change', () => {
      for (const file of this.input.files) this.take(file);
      this.input.value = '';
    });
  }

  choose() { this.input.click(); }

  take(file) {
    const row = this.pattern.content.firstElementChild.cloneNode(true);
    row.querySelector('span').textContent = file.name;
    row.querySelector('button').addEventListener('click', () => this.#end(row));
    this.rows.append(row);
    if (file.size > this.dataset.max) failed(row, this.dataset.large);
    else this.#send(row, file);
  }

  async #send(row, file) {
    if (!await this.#known()) return this.#end(row);
    if (!row.isConnected) return null; // it was put away meanwhile, and below
    const { markdown, why } = await upload(row, file, this.composer.dataset.files, this.dataset);
    if (!row.isConnected) return null;
    if (!markdown) return failed(row, why);
    if (this.#stranger) this.room.dial(); // as the guest whose file it is
    this.#name(markdown);
    return this.#end(row);
  }

  // A stranger in a frame, who has given a name, is called so from now on; whoever has not is a guest with a number.
  async #known() {
    const name = this.#stranger?.elements.name.value.trim();
    return !name || this.room.enter('enter', { name });
  }

  get #stranger() { return this.room.querySelector('#enter'); }

  // In the text that is being edited, or else in the new one, where it stands.
  #name(markdown) {
    const field = this.composer.querySelector('#edit-body') ?? this.composer.querySelector('#body');
    const { selectionStart: at, selectionEnd: end, value } = field;
    const [before, after] = [value.slice(0, at), value.slice(end)];
    field.setRangeText(`${before && !/\s$/.test(before) ? ' ' : ''}${markdown}${after && !/^\s/.test(after) ? ' ' : ''}`, at, end, 'end');
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }

  #end(row) {
    row.request?.abort();
    const inside = row.contains(document.activeElement);
    row.remove();
    if (inside || !this.rows.children.length) (this.composer.querySelector('#edit-body') ?? this.composer.querySelector('#body')).focus();
  }
});
