// What was refused goes back to where it was written, before what stands there by now. A refused edit was based on a text that
// is not the newest: it is put into the form of the newest, to be looked at.
export async function again(room, cid) {
  const { values, href } = room.outbox.entries.find((entry) => entry.values.cid === cid) ?? {};
  if (!values) return null; // it was pressed twice
  if (values.do === 'post-message') {
    document.querySelector('message-tools')?.answer(document.getElementById(`m-${values.answers}`));
    return back(room, values, document.getElementById('body'));
  }
  const target = document.getElementById('composer-edit');
  if (!target) return location.assign(href);
  await htmx.ajax('GET', room.near(href), { target, swap: 'innerHTML', select: 'form', source: target });
  const field = document.getElementById('edit-body');
  return field?.form.elements.message.value === values.message && back(room, values, field, '');
}

function back(room, { body, cid }, field, there = field.value) {
  field.value = there ? `${body}\n${there}` : body;
  field.focus();
  field.dispatchEvent(new Event('input', { bubbles: true }));
  room.outbox.discard(cid);
}
