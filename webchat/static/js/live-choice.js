// <live-choice>: in a live chat, Top, where some of what is said too fast to be read is left out, or All. What is chosen is
// kept in the browser, and nothing is before that.
const KEY = 'webchat:live';

function kept() { try { return localStorage.getItem(KEY); } catch { return null; } }

// Where the storage is full or forbidden, it holds as long as the page.
function keep(view) { try { localStorage.setItem(KEY, view); } catch { return; } }

customElements.define('live-choice', class extends HTMLElement {
  connectedCallback() {
    this.room = this.closest('embed-room');
    this.addEventListener('click', ({ target: { value, ariaPressed } }) => value && ariaPressed === 'false' && this.#chosen(value));
    this.hidden = false;
    this.#show(kept() === 'all' ? 'all' : 'live');
  }

  // Whoever wants all is shown what was left out of late, too.
  #chosen(view) {
    const missing = document.getElementById('fast');
    keep(view);
    this.#show(view);
    this.room.dial();
    if (!missing) return;
    missing.remove();
    htmx.ajax('GET', `${this.dataset.home}?anew&lang=${document.documentElement.lang}`, { source: this.room, target: this.room, swap: 'none' });
  }

  #show(view) {
    const door = this.room.getAttribute('hx-ws:connect');
    this.room.setAttribute('hx-ws:connect', door.replace(/view=\w+/, `view=${view}`));
    for (const button of this.children) button.ariaPressed = String(button.value === view);
  }
});
