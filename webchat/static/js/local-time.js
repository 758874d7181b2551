// <local-time><time datetime="…Z"></time></local-time>: a time outside a message, in the reader's zone.
import { localise } from './times.js';

customElements.define('local-time', class extends HTMLElement {
  connectedCallback() { for (const time of this.querySelectorAll('time')) localise(time, true); }
});
