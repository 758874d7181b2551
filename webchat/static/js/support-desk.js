// <support-desk>: what an agent has beside a conversation. A text that is ready goes into the field that is written in,
// and a note that was taken leaves its field. A button that is pressed stays until it is let go, or the press would be lost:
// what was to be drawn anew meanwhile is asked for then.
customElements.define('support-desk', class extends HTMLElement {
  connectedCallback() {
    this.addEventListener('webchat:taken', ({ target }) => target.reset());
    this.addEventListener('click', ({ target }) => this.#insert(target.closest('[data-insert]')?.dataset.insert));
    this.addEventListener('pointerdown', () => { this.pressed = true; });
    for (const sign of ['pointerup', 'pointercancel']) addEventListener(sign, () => setTimeout(() => this.#released())); // a click comes first
    this.addEventListener('htmx:before:swap', (event) => {
      this.missed ||= this.pressed;
      if (this.pressed) event.preventDefault();
    });
  }

  #released() {
    if (this.missed) this.querySelector('[hx-get]').dispatchEvent(new Event('webchat:missed'));
    this.pressed = this.missed = false;
  }

  #insert(text) {
    const field = document.getElementById('body');
    if (!text || !field) return;
    field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.focus();
  }
});
