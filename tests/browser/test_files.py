"""Files at a browser: chosen, pasted, seen by somebody else, refused and cancelled."""

import base64
import io
import re
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import FilePayload, expect

from tests.browser.persons import Person

PASTE = """([data, how]) => {
    const given = new DataTransfer();
    const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
    given.items.add(new File([bytes], 'cat.png', { type: 'image/png' }));
    const event = how === 'paste' ? { clipboardData: given } : { dataTransfer: given };
    document.getElementById('body').dispatchEvent(
        new (how === 'paste' ? ClipboardEvent : DragEvent)(how, { ...event, bubbles: true, cancelable: true }));
}"""


def picture() -> str:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def test_files_are_pasted_dropped_and_chosen_and_seen_by_somebody_else(people: Callable[..., list[Person]]) -> None:
    ann, bob = people("ann", "bob")
    for one in (ann, bob):
        one.sign_in().enter("/rooms/lobby")
    page, box = ann.page, ann.page.locator("#body")
    box.fill("Look:")
    expect(page.locator("[data-do=attach][data-live]")).to_be_visible()
    for count, how in enumerate(("paste", "drop"), 1):
        page.evaluate(PASTE, [picture(), how])
        expect(box).to_have_value(re.compile(rf"^Look:( !\[cat.png\]\(/files/\S+\)){{{count}}}$"))
    with page.expect_file_chooser() as chosen:
        page.get_by_role("link", name="Attach a file").click()
    chosen.value.set_files(FilePayload(name="plan 计划.pdf", mimeType="application/pdf", buffer=b"%PDF"))
    expect(box).to_have_value(re.compile(r" \[plan 计划.pdf\]\(/files/\S+\)$"))
    expect(page.locator("file-list li")).to_have_count(0)
    box.press("Enter")
    shown = bob.page.locator("#log > li[id]").last
    expect(shown.locator("img")).to_have_count(2)
    size = "async (picture) => { await picture.decode(); return [picture.naturalWidth, picture.clientWidth]; }"
    assert shown.locator("img").first.evaluate(size) == [640, 360]
    with bob.page.expect_download() as download:
        shown.get_by_role("link", name="plan 计划.pdf").click()
    assert download.value.suggested_filename == "plan 计划.pdf"
    # What is too large says so, and can be put away.
    page.evaluate("document.querySelector('file-list').dataset.max = 3")
    page.evaluate(PASTE, [picture(), "paste"])
    expect(page.locator("file-list li")).to_contain_text("too large")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("file-list li")).to_have_count(0)
    expect(box).to_be_focused()
    assert box.input_value() == ""
    assert not ann.trouble
    assert not bob.trouble


def test_the_first_thing_done_may_be_to_attach_a_file(people: Callable[..., list[Person]]) -> None:
    """What is fetched once there is a text finds the focus elsewhere."""
    (ann,) = people("ann")
    page = ann.sign_in().enter("/rooms/lobby")
    with page.expect_file_chooser() as chosen:
        page.get_by_role("link", name="Attach a file").click()
    chosen.value.set_files(FilePayload(name="plan.pdf", mimeType="application/pdf", buffer=b"%PDF"))
    page.wait_for_function("() => customElements.get('mention-list')")
    assert not ann.trouble
