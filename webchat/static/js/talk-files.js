// <talk-files data-max data-most data-large data-many data-lost>: the files that go with what a visitor of a support window
// writes next. This is fetched with the first of them, and so is the list. In a conversation each is sent at once; with a first
// question they are sent after it, since there is no room for them before.
import { failed, upload } from './upload.js';

export async function take(form, files) {
  form.files ??= fetched(form);
  const list = await form.files;
  if (list) list.take(files);
  else form.files = null; // the next time it is asked for again
}

// A file of the conversation, asked for by this frame, which is known here and nowhere else.
export async function save(room, { href }) {
  const answer = await fetch(href, { headers: { Accept: 'application/json' } }).catch(() => null);
  if (!answer) return room.calm();
  if (!answer.ok) return room.refuse((await answer.json()).why);
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(await answer.blob()), download: decodeURIComponent(href.split('/').pop()) });
  link.click();
  return setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const parsed = async (answer) => new DOMParser().parseFromString(await answer.text(), 'text/html');

async function fetched(form) {
  const frame = form.closest('support-room, support-start');
  const address = `${frame.dataset.home}/support?files&lang=${document.documentElement.lang}`;
  const answer = await fetch(address, { headers: { 'HX-Request': 'true' } }).catch(() => null);
  if (!answer) return frame.calm?.();
  const page = await parsed(answer);
  const list = page.querySelector('talk-files');
  if (list) form.querySelector('.box').before(list);
  else wrong(form, page.body.textContent.trim());
  return list && form.querySelector('talk-files');
}

// What is said above the fields, until the form is sent again.
function wrong(form, why) {
  form.querySelector('.problem')?.remove();
  if (why) form.prepend(Object.assign(document.createElement('p'), { className: 'problem', role: 'alert', textContent: why }));
}

// As people read it: 3.4 MB.
function sized(bytes, units = ['B', 'kB', 'MB', 'GB']) {
  const [unit, ...larger] = units;
  return bytes >= 999.5 && larger.length ? sized(bytes / 1_000, larger) : `${bytes.toFixed(bytes >= 10 || unit === 'B' ? 0 : 1)} ${unit}`;
}

const posted = (action, values) => fetch(action, { method: 'POST', body: new URLSearchParams(values) }).catch(() => null);

customElements.define('talk-files', class extends HTMLElement {
  connectedCallback() {
    [this.rows, this.pattern] = this.querySelectorAll('ul, template');
    this.form = this.closest('form');
    this.body = this.form.elements.body;
    this.frame = this.closest('support-room, support-start');
    this.room = this.frame.dataset.room;
    this.form.addEventListener('webchat:taken', () => this.#clear());
  }

  get some() { return this.rows.children.length > 0; }

  take(files) {
    const { most, many } = this.dataset;
    const room = most - this.rows.children.length;
    wrong(this.form, files.length > room && many);
    for (const file of files.slice(0, room)) this.#add(file);
    this.body.focus();
  }

  #add(file) {
    const row = this.pattern.content.firstElementChild.cloneNode(true);
    row.file = file;
    row.querySelector('span').textContent = file.name;
    row.querySelector('small').textContent = sized(file.size);
    row.querySelector('button').addEventListener('click', () => this.#drop(row));
    this.rows.append(row);
    if (file.size > this.dataset.max) failed(row, this.dataset.large);
    else if (this.room) this.#send(row);
    this.#changed();
  }

  // Each is sent once, unless that failed; the promise is kept once it is known how it ended.
  #send(row) {
    const action = `${this.frame.dataset.home}/support/${this.room.split('.~')[1]}/files`;
    return row.sent ??= upload(row, row.file, action, this.dataset).then(({ markdown, why }) => {
      failed(row, markdown ? '' : why);
      row.markdown = markdown;
      if (!markdown) row.sent = null;
    });
  }

  #drop(row) {
    row.remove();
    row.request?.abort();
    this.#changed();
    this.body.focus();
  }

  // With a file nothing need be written; but a first question has to be asked.
  #changed() { this.body.required = !this.room || !this.some; }

  #clear() {
    this.rows.replaceChildren();
    this.#changed();
  }

  // How a text names them, once all are there. What failed is tried again; if one still does, nothing goes.
  async #there() {
    const rows = [...this.rows.children];
    for (const row of rows) if ('failed' in row.dataset && row.file.size <= this.dataset.max) failed(row, '');
    const open = () => [...this.rows.children].filter((row) => !row.markdown && !('failed' in row.dataset));
    while (open().length) await Promise.all(open().map((row) => this.#send(row)));
    const away = this.rows.querySelector('[data-failed] button');
    away?.focus();
    return away ? null : [...this.rows.children].map((row) => row.markdown);
  }

  // What is written, with its files; nothing while that cannot go.
  async said() {
    if (this.waits) return '';
    this.waits = true;
    wrong(this.form, '');
    const named = await this.#there();
    this.waits = false;
    return named ? [this.body.value.trim(), ...named].filter(Boolean).join('\n\n') : '';
  }

  // A first question is asked, and makes the room; then the files are sent, and said there.
  async begin() {
    if (this.waits) return;
    this.waits = true;
    wrong(this.form, '');
    this.begun ??= await this.#asked();
    const named = this.begun && await this.#there();
    if (named) await this.#tell(named);
    this.waits = false;
  }

  async #asked() {
    const answer = await posted(this.form.action, new FormData(this.form));
    const page = answer && await parsed(answer);
    const room = page?.querySelector('support-room');
    if (answer?.ok && page.querySelector('support-start:not(:has(.problem))')) return location.replace(answer.url); // it says what is missing here
    if (!room) return wrong(this.form, page?.querySelector('.problem')?.textContent ?? this.dataset.lost);
    this.room = room.dataset.room;
    this.body.readOnly = true; // it was said
    return { write: page.getElementById('write'), url: answer.url };
  }

  async #tell(named) {
    const { write, url } = this.begun;
    const values = new FormData(write);
    values.set('body', named.join('\n\n'));
    const answer = named.length ? await posted(write.action, values) : { ok: true };
    if (answer?.ok) return location.replace(url);
    return wrong(this.form, (answer && (await parsed(answer)).querySelector('.problem')?.textContent) || this.dataset.lost);
  }
});
