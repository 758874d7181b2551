// <local-time><time datetime="…Z"></time></local-time>: a time outside a message, in the reader's zone.
import { localise } from './times.js';

customElements.define('local-time', class extends HTMLElement {
  connectedCallback() {
    const time = this.querySelector('time');
    if (time) localise(time, true);
  }
});
