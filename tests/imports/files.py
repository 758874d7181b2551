"""The same comments as four programs keep them: two by Ann, an hour apart, one by Bob on another page."""

import gzip
import json
from pathlib import Path

from tests.tools.databases import sql

DISQUS = """<?xml version="1.0" encoding="utf-8"?>
<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">
<thread dsq:id="7"><id>one</id><link>https://blog.example/2020/Hello/</link><title>Hello &lt;there&gt;</title></thread>
<thread dsq:id="8"><id>two</id><link>https://blog.example/about.html</link><title>About</title></thread>
<post dsq:id="2"><id/><message><![CDATA[<p>Second, see <a href="https://example.org/">this</a></p>]]></message>
<createdAt>2020-05-01T11:00:00Z</createdAt><isDeleted>false</isDeleted><isSpam>false</isSpam>
<author><name>Ann</name><username>ann</username></author><thread dsq:id="7"/><parent dsq:id="1"/></post>
<post dsq:id="1"><id/><message><![CDATA[<p>First <b>bold</b> &amp; *stars*</p><script>alert(1)</script>]]></message>
<createdAt>2020-05-01T10:00:00Z</createdAt><isDeleted>false</isDeleted><isSpam>false</isSpam>
<author><name>Ann</name><username>ann</username></author><thread dsq:id="7"/></post>
<post dsq:id="3"><id/><message><![CDATA[<p>Third</p>]]></message>
<createdAt>2020-05-02T10:00:00Z</createdAt><isDeleted>false</isDeleted><isSpam>false</isSpam>
<author><name>&lt;Bob&gt;</name></author><thread dsq:id="8"/></post>
<post dsq:id="4"><id/><message><![CDATA[Buy]]></message><createdAt>2020-05-02T10:00:00Z</createdAt>
<isDeleted>false</isDeleted><isSpam>true</isSpam><author><name>x</name></author><thread dsq:id="8"/></post>
</disqus>"""

_WORDPRESS = """<wp:comment><wp:comment_id>{id}</wp:comment_id><wp:comment_author><![CDATA[{name}]]></wp:comment_author>
<wp:comment_author_email><![CDATA[{name}]]></wp:comment_author_email><wp:comment_date_gmt>{at}</wp:comment_date_gmt>
<wp:comment_content><![CDATA[{text}]]></wp:comment_content><wp:comment_approved>{state}</wp:comment_approved>
<wp:comment_type>{kind}</wp:comment_type><wp:comment_parent>{parent}</wp:comment_parent></wp:comment>"""


def _commented(
    number: int, name: str, at: str, text: str, state: str = "1", kind: str = "comment", parent: int = 0
) -> str:
    return _WORDPRESS.format(id=number, name=name, at=at, text=text, state=state, kind=kind, parent=parent)


WORDPRESS = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Blog</title>
<item><title>Hello &lt;there&gt;</title><link>https://blog.example/2020/Hello/</link>
{_commented(2, "Ann", "2020-05-01 11:00:00", 'Second, see <a href="https://example.org/">this</a>', parent=1)}
{_commented(1, "Ann", "2020-05-01 10:00:00", "First <b>bold</b> &amp; *stars*")}
{_commented(5, "Pam", "2020-05-01 12:00:00", "…", kind="pingback")}</item>
<item><title>About</title><link>https://blog.example/about.html</link>
{_commented(3, "<Bob>", "2020-05-02 10:00:00", "Third")}
{_commented(4, "x", "2020-05-02 10:00:00", "Buy", "spam")}</item>
</channel></rss>"""

REMARK42 = [
    {"version": 1, "users": [], "posts": []},
    {
        "id": "b", "pid": "a", "text": "<p>…</p>", "orig": "Second, see [this](https://example.org/)",
        "user": {"name": "Ann", "id": "github_1"}, "locator": {"site": "b", "url": "https://blog.example/2020/Hello/"},
        "time": "2020-05-01T11:00:00.5+00:00", "title": "Hello <there>",
    },
    {
        "id": "a", "pid": "", "text": "<p>First <b>bold</b> &amp; *stars*</p>",
        "user": {"name": "Ann", "id": "github_1"},
        "locator": {"site": "b", "url": "https://blog.example/2020/Hello/"}, "time": "2020-05-01T10:00:00+00:00",
        "title": "Hello <there>",
    },
    {
        "id": "c", "pid": "", "text": "<p>Third</p>", "orig": "Third", "user": {"name": "<Bob>", "id": "anonymous_2"},
        "locator": {"site": "b", "url": "https://blog.example/about.html"}, "time": "2020-05-02T12:00:00+02:00",
    },
    {
        "id": "d", "pid": "", "text": "", "orig": "", "user": {"name": "x", "id": "x"}, "delete": True,
        "locator": {"site": "b", "url": "https://blog.example/about.html"}, "time": "2020-05-02T12:00:00Z",
    },
]  # fmt: skip

ISSO = """CREATE TABLE threads (id INTEGER PRIMARY KEY, uri VARCHAR UNIQUE, title VARCHAR);
CREATE TABLE comments (tid REFERENCES threads (id), id INTEGER PRIMARY KEY, parent INTEGER, created FLOAT NOT NULL,
modified FLOAT, mode INTEGER, remote_addr VARCHAR, text VARCHAR NOT NULL, author VARCHAR, email VARCHAR);
INSERT INTO threads VALUES (1, '/2020/Hello/', 'Hello <there>'), (2, '/about.html', 'About');
INSERT INTO comments VALUES
(1, 1, NULL, 1588327200.0, NULL, 1, '192.0.2.0', 'First **bold** & \\*stars\\*', 'Ann', NULL),
(1, 2, 1, 1588330800.5, NULL, 1, '192.0.2.0', 'Second, see [this](https://example.org/)', 'Ann', NULL),
(2, 3, NULL, 1588413600.0, NULL, 1, '192.0.2.9', 'Third', '<Bob>', 'bob@example.org'),
(2, 4, NULL, 1588413600.0, NULL, 4, '192.0.2.9', '', NULL, NULL);"""


def written(kind: str, folder: Path) -> Path:
    """A file as a program writes it."""
    path = folder / f"comments.{kind}"
    if kind == "isso":
        sql(path, ISSO)
    elif kind == "remark42":
        path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in REMARK42).encode()))
    else:
        path.write_text({"disqus": DISQUS, "wordpress": WORDPRESS}[kind], "utf-8")
    return path
