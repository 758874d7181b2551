// <unread-badge>: how much of a room its reader has not seen, and how often that names him. The server tells everybody how
// far rooms go (`top`), and each reader how far he read (`read`) and how often he is named (`mentions`); the difference is
// made here. The title of the page sums up what is meant for the reader: notifications, direct messages and mentions.
//
// What everyone is told comes without a number, since each has read another part of it: the badge counts on by itself.
const told = new Map();
let mark = ''; // what stands before the title; a room may itself be called "(2024)"

function retitle() {
  const badge = document.getElementById('badge');
  const { own = 0, top = 0, common = '' } = badge?.dataset ?? {};
  const unread = new Set(common.split(' ').filter(Boolean).map(Number));
  for (const [number, there] of told) if (!there) unread.delete(number); else if (number > top) unread.add(number);
  let sum = Number(own) + unread.size;
  if (badge) badge.firstElementChild.textContent = badge.dataset.count = sum;
  for (const other of document.querySelectorAll('unread-badge')) sum += other.meant ?? 0;
  // On a phone the button of the menu stands for all that is in it: with the sum, or a dot where nobody is meant.
  const menu = document.getElementById('elsewhere');
  if (menu) menu.firstElementChild.textContent = menu.dataset.count = Math.max(0, sum) || (document.querySelector('#sidebar [data-unread]:not([aria-current])') ? '' : 0);
  const title = document.title.startsWith(mark) ? document.title.slice(mark.length) : document.title;
  mark = sum > 0 ? `(${sum}) ` : '';
  document.title = mark + title;
  navigator.setAppBadge?.(sum).catch(() => {});
}

document.addEventListener('htmx:after:swap', retitle);
document.addEventListener('webchat:broadcast', ({ detail: { id, gone } }) => { told.set(id ?? gone, !gone); retitle(); });
for (const word of ['top', 'read', 'unread', 'mentions']) document.addEventListener(`webchat:${word}`, ({ detail }) => {
  for (const room of Object.keys(detail)) document.querySelector(`#room-${room} unread-badge`)?.moved(word, detail[room]);
});

customElements.define('unread-badge', class extends HTMLElement {
  connectedCallback() {
    this.link = this.closest('a');
    if (document.querySelector('message-log')?.dataset.id === this.link.dataset.room) this.link.ariaCurrent = 'page';
    this.#show();
  }

  moved(word, number) {
    if ((word === 'top' || word === 'read') && number <= Number(this.link.dataset[word])) return;
    this.link.dataset[word === 'unread' ? 'read' : word] = number;
    this.#show();
  }

  #show() {
    const { top, read, mentions, kind } = this.link.dataset;
    const count = Math.max(0, top - read);
    this.meant = kind === 'direct' ? count : Math.min(count, mentions);
    this.textContent = count > 999 ? '999+' : count || '';
    this.nextElementSibling.textContent = this.meant && kind !== 'direct' ? `@${this.meant}` : '';
    this.link.toggleAttribute('data-unread', count > 0);
    retitle();
  }
});
