// The site says who reads: by a token that it signed, or by an empty one that nobody is. A page that is somebody else's from
// then on is shown anew; why a token was refused is returned, to be told to who can mend it.
export async function recognise({ home, who }, how, values) {
  const answer = await fetch(`${home}/${how}`, { method: 'POST', body: new URLSearchParams(values) }).catch(() => null);
  if (answer && !answer.ok) return answer.text();
  const page = await fetch(location.href).then((now) => now.text(), () => '');
  if (page && !page.includes(`data-who="${who}"`)) location.reload();
  return '';
}
